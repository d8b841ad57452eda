/**
 * A policy document as people review it: expressions as C#, without XML's escapes, and blocks of C# with a line for each statement. Still a document
 * that API Management takes, in its format "rawxml".
 */
export const readable = (xml: string) => xml.split("\n").map(line).join("\n");

function line(text: string): string {
  const indent = /^ */.exec(text)?.[0] ?? "";
  return text.replace(
    /(=(["']))@(.*?)\2|>@(.*)<\//g,
    (_, start: string | undefined, quote: string, attribute: string, content: string) => {
      const code = plain(attribute ?? content);
      const shown = code.startsWith("{ ") ? statements(code, indent) : code;
      return start ? `${start}@${shown}${quote}` : `>@${shown}</`;
    },
  );
}

const plain = (text: string) =>
  text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&");

/** `{ a; if (b) { c; } }` on six lines: a new one after `{`, `}` and `;`, those in brackets and texts aside. */
function statements(code: string, indent: string): string {
  let depth = 0;
  let brackets = 0;
  let out = "";
  const tokens = code.match(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\s+|[\s\S]/g) ?? [];
  const next = () => `\n${indent}${"  ".repeat(Math.max(0, depth))}`;
  tokens.forEach((token, i) => {
    if (token === "(" || token === "[") brackets++;
    if (token === ")" || token === "]") brackets--;
    if (brackets > 0 || !/^[{};]$/.test(token)) {
      // What follows a line break begins without a space.
      if (!(/^\s+$/.test(token) && /\n *$/.test(out))) out += token;
      return;
    }
    if (token === "{") depth++;
    if (token === "}") {
      depth--;
      out = out.trimEnd();
      if (!out.endsWith("\n")) out += next();
    }
    out += token;
    const rest = tokens
      .slice(i + 1, i + 3)
      .join("")
      .trim();
    const last = i >= tokens.length - 1;
    // `} else {` and `} catch {` stay together, and so do an initialiser and what follows it.
    if (!last && !(token === "}" && /^(e|c|\)|;|,)/.test(rest))) out += next();
  });
  return out;
}
