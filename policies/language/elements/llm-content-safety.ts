import {
  attribute,
  type Content,
  elementRow,
  listOf,
  listShape,
  make,
  type Options,
  oneOf,
  part,
  partOf,
  SCOPES,
  type Shape,
  type Some,
} from "../element.ts";
import type { Code } from "../expression.ts";

export const CATEGORIES = ["Hate", "SelfHarm", "Sexual", "Violence"] as const;

const categoriesShape = {
  attributes: {
    outputType: oneOf(["FourSeverityLevels", "EightSeverityLevels"], { expression: true, default: "FourSeverityLevels" }),
  },
  children: ["category+"],
  parts: {
    category: {
      attributes: {
        name: oneOf(CATEGORIES, { required: true, expression: true }),
        threshold: attribute("int", { required: true, expression: true, min: 0, max: 7, about: "From this severity on." }),
      },
      children: [],
    },
  },
} as const satisfies Shape;

export const row = elementRow({
  name: "llm-content-safety",
  sections: ["inbound"],
  scopes: SCOPES,
  // The banner of its page leaves out Consumption, the line on gateways does not.
  gateways: ["classic", "v2", "self-hosted", "workspace"],
  attributes: {
    backendId: attribute("string", {
      required: true,
      expression: true,
      names: "backend",
      about: "Of the Content Safety service.",
    }),
    shieldPrompt: attribute("bool", { expression: true, default: "false", about: "Looks for attacks on the model as well." }),
    enforceOnCompletions: attribute("bool", { expression: true, default: "false", about: "Since 2026-03." }),
    windowSize: attribute("int", {
      expression: true,
      min: 1,
      about: "Characters of an answer checked at a time; since 2026-03.",
    }),
    windowOverlapSize: attribute("int", { expression: true, min: 0, about: "Since 2026-03." }),
  },
  anyOrder: true,
  children: ["categories?", "blocklists?"],
  parts: { categories: categoriesShape, blocklists: listShape("id") },
  source: "llm-content-safety, 2025-02-06 and 2026-03-23",
  notes: ["403 when something is found; 500 when the service fails or the text is too long for it."],
});

export type ContentSafety = Options<typeof row> & {
  readonly outputType?: "FourSeverityLevels" | "EightSeverityLevels" | Code<"string">;
  /** Severity from which a request is refused: 0..7. */
  readonly categories?: Readonly<Partial<Record<(typeof CATEGORIES)[number], number | Code<"int">>>>;
  readonly blocklists?: Some<Content>;
};

/**
 * Asks Azure AI Content Safety about the prompt: 403 when it finds something, 500 when it cannot say.
 * Source: API Management policy reference, llm-content-safety.
 * ```xml
 * <llm-content-safety backend-id="content-safety" shield-prompt="true">
 *   <categories output-type="EightSeverityLevels">
 *     <category name="Hate" threshold="4"/>
 *     <category name="Violence" threshold="4"/>
 *   </categories>
 *   <blocklists>
 *     <id>competitors</id>
 *   </blocklists>
 * </llm-content-safety>
 * ```
 */
export function llmContentSafety(options: ContentSafety) {
  const { outputType, categories, blocklists, ...attributes } = options;
  const category = categoriesShape.parts.category;
  const found = Object.entries(categories ?? {}).map(([name, threshold]) =>
    partOf("category", category, { name: name as keyof typeof categories, threshold }),
  );
  return make(row, attributes, {
    children: [
      ...(categories || outputType
        ? [part("categories", undefined, outputType ? [["output-type", outputType]] : [], found)]
        : []),
      ...listOf("blocklists", "id", blocklists),
    ],
  });
}
