/** A line of one of the files of the audit, counted from 1; 0 is the file as a whole. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** Such as `audit-000002.jsonl line 17`. */
export const placeText = ({ file, line }: Place): string => (line === 0 ? file : `${file} line ${line}`);
