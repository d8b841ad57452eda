/**
 * What a body asks for. The account reads the same bytes with a parser that nobody has published, so a body that two parsers could read in two ways
 * is refused with the reason: else the gateway chooses one model and the account another. No regular expression looks at a caller's text here.
 */
import { errors, refusal } from "./errors.ts";
import { block, csharp, local, request, string } from "./language/index.ts";

/** System.Text.Json, and Newtonsoft.Json since 13.0, stop there too. Deeper texts have overflowed the stacks of readers. */
const MOST_LEVELS = 64;

const noJson = (reason: string) => refusal({ ...errors.malformedBody, message: `The body ${reason}` });

const NOT_AN_OBJECT = "is not a JSON object, so the model it asks for cannot be read.";
const twice = refusal({
  ...errors.malformedBody,
  message: string("The body has the field `").plus(local("string", "key")).plus("` twice: send it once."),
});
const contentType = request.header("Content-Type");

/**
 * `=` and the model that the JSON body names, which may be none; else a refusal. The object's own fields are read here character by character, because
 * Newtonsoft.Json takes the last of two fields, comments, and names without quotes, and others do not; what is inside of them is left to it.
 */
export const modelInJson = block("string")`
  try {
    if ((${contentType}.Replace("\"", "").Replace(" ", "").ToLowerInvariant() + ";").Replace("charset=utf-8;", "").Replace("charset=utf8;", "").Contains("charset")) { return ${noJson("must be UTF-8, and its Content-Type says otherwise.")}; }
    var text = Encoding.UTF8.GetString(context.Request.Body.As<byte[]>(preserveContent: true)).Trim(' ', '\t', '\r', '\n');
    var model = "=";
    string key = null;
    var keys = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
    var level = 0;
    for (var i = 0; i < text.Length; i++) {
      if (level > 1) { i = text.IndexOfAny(new char[] { '"', '{', '}', '[', ']', '/', '\'' }, i); }
      var c = text[i];
      if (char.IsWhiteSpace(c)) { continue; }
      if (c == '/' || c == '\'' || (i > 0 && level == 0) || (level == 1 && key == null && "\",}".IndexOf(c) < 0)) { throw new Exception(); }
      if (c == '"') {
        var start = i++;
        while (text[i] != '"') { i = text[i] == '\\' ? i + 2 : text.IndexOfAny(new char[] { '"', '\\' }, i); }
        if (level > 1 || (key != null && key != "model")) { continue; }
        var value = JsonConvert.DeserializeObject<string>(text.Substring(start, i - start + 1));
        if (key != null) { model = "=" + value; continue; }
        key = value;
        if (!keys.Add(key)) { return ${twice}; }
      }
      else if (c == '{' || c == '[') { if (++level > ${MOST_LEVELS}) { return ${noJson(`nests deeper than ${MOST_LEVELS} levels: flatten it.`)}; } }
      else if (c == '}' || c == ']') { level--; }
      else if (c == ',' && level == 1) { key = null; }
    }
    JObject.Parse(text);
    return model;
  } catch {
    return ${noJson(NOT_AN_OBJECT)};
  }`;

/** Wherever it stands: of two Content-Types, which come as one text with a comma, an account may take either. */
export const isForm = csharp("bool")`${contentType}.ToLowerInvariant().Contains("multipart/")`;

const LATIN = ["utf-8", "us-ascii", "iso-8859-1", "windows-1252"];
const NO_FORM = refusal({ ...errors.malformedForm, message: "The form cannot be read in one way only: " });

/**
 * `=` and the form's field `model`, which may be empty, or `~` and the field where the field `stream` is true; else a refusal. As RFC 7578 and RFC 2046 have it: the boundary of
 * the Content-Type splits the body, and only the headers of a part name it. ASP.NET Core decodes `name="=?utf-8?B?bW9kZWw=?="`, others do not. Bytes that are no ASCII are read as question marks, so no boundary may have one.
 */
export const fieldsInForm = block("string")`
  var no = ${NO_FORM};
  var exact = StringComparison.Ordinal;
  var anyCase = StringComparison.OrdinalIgnoreCase;
  try {
    var types = ${contentType}.Split(';');
    var boundary = "";
    foreach (var type in types.Skip(1)) {
      var pair = type.Trim().Split(new char[] { '=' }, 2);
      if (pair[0].Equals("boundary", anyCase) && boundary == "") { boundary = pair[1]; }
      else if (!type.Trim().Replace("\"", "").Equals("charset=utf-8", anyCase)) { boundary = "?"; }
    }
    var more = "'+_-.";
    if (boundary.Length > 2 && boundary[0] == '"' && boundary[boundary.Length - 1] == '"') { boundary = boundary.Substring(1, boundary.Length - 2); more += "(),/:= "; }
    if (!types[0].Trim().Equals("multipart/form-data", anyCase) || boundary == "" || boundary.Length > 70 || boundary.Trim() != boundary
      || boundary.Any(c => c > 'z' || !(char.IsLetterOrDigit(c) || more.IndexOf(c) >= 0))) { return no + "Content-Type must be multipart/form-data with one boundary of 1 to 70 letters, digits or '+_-."; }
    if (context.Request.Body == null) { return no + "there is no body."; }
    var parts = ("\r\n" + Encoding.ASCII.GetString(context.Request.Body.As<byte[]>(preserveContent: true))).Split(new string[] { "\r\n--" + boundary }, StringSplitOptions.None);
    var last = parts.Length - 1;
    if (last < 1 || parts[0] != "" || !parts[last].StartsWith("--", exact) || parts[last].Substring(2).Trim() != "") { return no + "the body must begin with --boundary and end with --boundary--."; }
    string model = null;
    var stream = false;
    foreach (var part in parts.Skip(1).Take(last - 1)) {
      var end = part.IndexOf("\r\n\r\n", exact);
      if (end < 1 || !part.StartsWith("\r\n", exact)) { return no + "a part has no headers."; }
      string name = null;
      var plain = true;
      foreach (var line in part.Substring(2, end - 2).Split(new string[] { "\r\n" }, StringSplitOptions.None)) {
        var field = line.Split(':')[0];
        if (field == line || field.Any(c => c <= ' ') || line.Any(c => c < ' ' && c != '\t')) { return no + "a header of a part is malformed."; }
        if (field.Equals("Content-Disposition", anyCase)) {
          var quoted = line.Substring(field.Length + 1).Split('"');
          if (name != null || quoted.Length % 2 == 0 || line.Contains("\\\"")) { return no + "a part needs one Content-Disposition, and in it no escaped quote."; }
          for (var i = 1; i < quoted.Length; i += 2) {
            if (!quoted[i - 1].EndsWith("=", exact) || !(quoted[i + 1].Trim() + ";").StartsWith(";", exact)) { return no + "a parameter is half in quotes."; }
            quoted[i] = quoted[i].Replace(';', '_');
          }
          var parameters = string.Concat(quoted).Split(';').Select(parameter => parameter.Trim()).ToArray();
          foreach (var one in parameters.Where(parameter => parameter.StartsWith("name", anyCase))) {
            if (name != null || !one.StartsWith("name=", anyCase) || one.Contains("=?")) { return no + "a part has two names."; }
            name = one.Substring(5);
          }
          if (!parameters[0].Equals("form-data", anyCase)) { name = null; }
          plain = plain && !parameters.Any(parameter => parameter.StartsWith("filename", anyCase));
        } else {
          var low = line.Replace("\"", "").ToLowerInvariant();
          if (low.StartsWith("content-transfer-encoding", exact)) { plain = plain && (low.EndsWith("bit", exact) || low.EndsWith("binary", exact)); }
          else if (low.Contains("charset")) { plain = plain && ${LATIN}.Any(set => low.EndsWith("charset=" + set, exact)); }
        }
      }
      if (name == null) { return no + "a part needs Content-Disposition: form-data and a name."; }
      var value = part.Substring(end + 4);
      if (name.Trim().Equals("model", anyCase)) {
        if (name != "model" || model != null || !plain || value.Any(c => c < ' ')) { return no + "it needs one field model: plain text, no file, in small letters."; }
        model = value;
      }
      stream = stream || (name == "stream" && value == "true");
    }
    return (stream ? "~" : "=") + model;
  } catch {
    return no + "it is malformed.";
  }`;
