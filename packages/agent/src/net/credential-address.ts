import { isSecretName, isUnitName } from "@sotto/client/protocol";

/** What the service manager wants for a unit. */
export interface CredentialRequest {
  /** Full name of the unit, such as `backup.service`. */
  readonly unit: string;
  /** Name of the secret. */
  readonly name: string;
}

const NUL = 0;
const ADDRESS = /^[0-9a-f]{1,16}\/unit\/([^/]+)\/([^/]+)$/;
/** A credential's id holds no slash, and a secret's name no plus. */
const SEPARATOR = "+";

/**
 * Reads what systemd asks for off the abstract address that it connects from, `\0<random>/unit/<unit>/<id>`
 * (systemd.exec(5), LoadCredential=). The id is the name of the secret with `+` where it has a slash. undefined for any
 * other address. Every process may bind such a name: it is to be believed of root alone.
 */
export function credentialRequest(address: Buffer): CredentialRequest | undefined {
  if (address[0] !== NUL) return undefined;
  const [, unit = "", id = ""] = ADDRESS.exec(address.toString("latin1", 1)) ?? [];
  const name = id.replaceAll(SEPARATOR, "/");
  return !id.includes("/") && isUnitName(unit) && isSecretName(name) ? { unit, name } : undefined;
}
