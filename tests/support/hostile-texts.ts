/** Texts that break what forgets to escape: XML, C#, JSON, named values, expressions, ends of lines, and what is no character at all. */
import fc from "fast-check";

// biome-ignore format: a list
export const HOSTILE = [
  "&quot;", "&amp;", "&lt;b&gt;", "&nbsp;", "&#0;", "&#x22;", "&", "&&", '"', "'", "<", ">", "]]>", "<!--", "-->", "<![CDATA[x]]>", "</value>", "<?x?>",
  "{{x}}", "{{weights-chat}}", "{{", "}}", "{{{{", "@(1)", "@{return 1;}", " @(context)", "a @(1) b", "@@(1)", "@(", "@{", "$\"{", "${", "#{",
  "\\", "\\\\", "\\u0022", "\\n", "\"+context.Request.Body+\"", "\"); throw new Exception(\"", "*/", "//", "/*", "\n", "\r", "\r\n", "\t", "\0", "\u0007", "\u001f",
  "\u007f", "\u0085", "\u00a0", "\u2028", "\u2029", "\ufeff", "\ufffe", "\uffff", "\ud800", "\udc00", "😀", "ß", "日本", " ", "", "%s", "%00", "--", "`", "|", ",", "; ", "=", "/", "..",
];

/** Pieces of the above between random text of every plane. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(fc.oneof({ arbitrary: fc.constantFrom(...HOSTILE), weight: 3 }, fc.string({ unit: "binary", maxLength: 6 })), {
    maxLength: 5,
  })
  .map((pieces) => pieces.join(""));

/** Every piece alone, then random ones. */
export const hostileTexts = (count: number, seed: number): string[] => [
  ...HOSTILE,
  ...fc.sample(hostileText, { numRuns: count, seed }),
];
