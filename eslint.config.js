import { defineConfig, globalIgnores } from "eslint/config";
import eslint from "@eslint/js";
import tseslint from "typescript-eslint";

export default defineConfig(
  globalIgnores(["**/dist/", ".cache/", "packages/cli/bin/", "**/*.cjs"]),
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ["*.js"] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      "max-lines": ["error", { max: 300, skipComments: true, skipBlankLines: true }],
      "max-lines-per-function": ["error", { max: 50, skipComments: true, skipBlankLines: true }],
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }], // `{ created, ...info }` leaves one out
      "max-depth": ["error", 3],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": "off", // `return this.#close()` as a guard clause is clear
      "@typescript-eslint/no-generated-empty-object-type": "off", // an empty request is a type of its own
    },
  },
  { files: ["**/*.test.ts", "test/**"], rules: { "max-lines-per-function": "off" } },
  {
    files: ["**/*.js", "**/*.mjs"],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: {
        console: "readonly",
        process: "readonly",
        Buffer: "readonly",
        performance: "readonly",
        URL: "readonly",
        setTimeout: "readonly",
        setInterval: "readonly",
        setImmediate: "readonly",
      },
    },
  },
);
