/** The interpreter of policy expressions. */
export { type CompiledExpression, compile, type Expected } from "./compile.ts";
export type { MessageBody, PolicyContext, PolicyError, PolicyRequest, PolicyResponse } from "./context.ts";
export { text } from "./format.ts";
export { Jwt, parseJwt } from "./library/policy.ts";
export { CSharpError } from "./syntax.ts";
export type { Type } from "./types.ts";
export { CsException, type Host, type Value } from "./values.ts";
