/**
 * Stands in for vitest in some tests, which then prepare for each test what they otherwise prepare once: where that fails,
 * a test fails, and Stryker knows which tests run which code.
 */
export * from "vitest";
export { afterEach as afterAll, beforeEach as beforeAll } from "vitest";
