/** Every policy document of the shipped stacks: four topologies, and each kind of gateway that the stack can be planned for. */
import { join } from "node:path";
import { readStackFile, stackNames } from "../../../cli/stack-file.ts";
import { type PolicyDocument, PolicyError, policyDocuments } from "../../../policies/index.ts";
import { TOPOLOGIES } from "../../../stacks/catalog/topologies.ts";
import { PlanError, planStack } from "../../../stacks/plan.ts";

export const ROOT = join(import.meta.dirname, "../../..");

export function documentsOf(stack: string, values: Record<string, unknown> = {}): PolicyDocument[] {
  const source = readStackFile(ROOT, stack);
  return policyDocuments(planStack({ ...source, values: { ...source.values, ...values } }));
}

const GATEWAYS: Record<string, Record<string, unknown>> = {
  v2: { family: "v2" },
  classic: { family: "classic" },
  Consumption: { sku: "Consumption" },
};

export interface EveryDocument {
  /** Different ones, each once; `file` says where it is found first: `dev public-apim v2 global.xml`. */
  documents: { file: string; xml: string }[];
  /** Stacks by topology and gateway that could be planned. */
  combinations: number;
  /** Those that could not, with the reason. */
  refused: string[];
}

export function everyDocument(): EveryDocument {
  const documents = new Map<string, string>();
  const refused: string[] = [];
  let combinations = 0;
  for (const stack of stackNames(ROOT)) {
    for (const topology of TOPOLOGIES) {
      for (const [kind, gateway] of Object.entries(GATEWAYS)) {
        const at = `${stack} ${topology} ${kind}`;
        try {
          const own = { publisherName: "Contoso", publisherEmail: "a@contoso.example", ...gateway };
          // A consumer's limit is more than Consumption can do.
          const consumers = kind === "Consumption" ? { consumers: [{ name: "chat-web" }] } : {};
          for (const { file, xml } of documentsOf(stack, { topology, gateway: own, ...consumers })) {
            if (!documents.has(xml)) documents.set(xml, `${at} ${file}`);
          }
          combinations++;
        } catch (error) {
          if (!(error instanceof PlanError || error instanceof PolicyError)) throw error;
          refused.push(`${at}: ${error.message}`);
        }
      }
    }
  }
  return { documents: Array.from(documents, ([xml, file]) => ({ file, xml })), combinations, refused };
}
