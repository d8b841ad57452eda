/** Every policy document of a plan, as XML for ARM, and what the documents need beside them. */
import { isStandby } from "../stacks/entrance.ts";
import { everyPool, type Plan } from "../stacks/plan.ts";
import { globalDocument } from "./global.ts";
import { inference } from "./inference.ts";
import { emit, type GatewayKind } from "./language/index.ts";
import { weightValues } from "./members.ts";
import { product } from "./product.ts";
import { READ } from "./routing.ts";

export { PolicyError } from "./language/index.ts";
export { type Operation, operations } from "./operations.ts";

export interface PolicyDocument {
  scope: "global" | "api" | "product";
  /** Id of the API or product; empty for the global document. */
  id: string;
  /** File name when written out. */
  file: string;
  /** For ARM's format "xml". */
  xml: string;
}

/** A named value to be made before the documents; "suffix" stands for the stack's random suffix, "entrance-proof" for the entrance's secret. */
export interface NamedValuePlan {
  name: string;
  source: "suffix" | "entrance-proof" | { value: string };
  secret: boolean;
}

/**
 * The documents, widest scope first.
 * @throws PolicyError naming the file and the element: a document too large for the gateway, an element it does not have, an unknown
 * backend, named value or fragment
 */
export function policyDocuments(whole: Plan): PolicyDocument[] {
  const { entrance, ...without } = whole;
  const plan = entrance && isStandby(entrance) ? without : whole;
  const gateway: GatewayKind = plan.gateway.family;
  const known = {
    backends: backendIds(plan),
    namedValues: namedValues(plan).map(({ name }) => name),
    fragments: [],
  };
  const place = (file: string) => ({ file, gateway, maxBytes: plan.gateway.policyBytes, ...known });
  return [
    ...(plan.gateway.globalPolicy
      ? [
          {
            scope: "global" as const,
            id: "",
            file: "global.xml",
            xml: emit(globalDocument(plan), { ...place("global.xml"), scope: "global" }),
          },
        ]
      : []),
    {
      scope: "api",
      id: "openai",
      file: "api-openai.xml",
      xml: emit(inference(plan), {
        ...place("api-openai.xml"),
        scope: "api",
        inherited: plan.gateway.globalPolicy ? READ : [],
      }),
    },
    ...plan.consumers.map((consumer): PolicyDocument => {
      const file = `product-${consumer.id}.xml`;
      return {
        scope: "product",
        id: consumer.id,
        file,
        xml: emit(product(plan, consumer), { ...place(file), scope: "product" }),
      };
    }),
  ];
}

/** Pools and members, those for streams too. */
export const backendIds = (plan: Plan) => [
  ...new Set(everyPool(plan).flatMap(({ id, members }) => [id, ...members.map(({ backendId }) => backendId)])),
];

/** What the documents refer to, in the order of the plan. */
export const namedValues = (plan: Plan): NamedValuePlan[] => [
  ...weightValues(plan),
  ...(plan.entrance && "proof" in plan.entrance
    ? [{ name: plan.entrance.proof.namedValue, source: "entrance-proof" as const, secret: true }]
    : []),
];

/** The named values as a file for people: what they are, or where they come from. */
export const namedValuesFile = (plan: Plan) => ({
  file: "named-values.json",
  text: `${JSON.stringify(Object.fromEntries(namedValues(plan).map(({ name, source, secret }) => [name, secret ? "(secret)" : shown(source)])), null, 2)}\n`,
});
const shown = (source: NamedValuePlan["source"]) => (typeof source === "string" ? `(${source})` : source.value);
