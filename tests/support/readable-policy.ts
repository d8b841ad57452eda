export { readable } from "../../cli/readable-policy.ts";
