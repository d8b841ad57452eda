/**
 * The proxy that an environment names, by the rules that its programs share: it is the way out of this network, and never the way to this machine
 * itself. Programs differ in what they read (upper or lower case, ALL_PROXY or not) and in whether they leave loopback alone by themselves; with all of it
 * written out, they agree.
 */
const LOOPBACK = ["localhost", "127.0.0.1", "::1"];
const NAMES = ["http_proxy", "https_proxy", "all_proxy"];

const named = (env, name) => env[name] || env[name.toUpperCase()] || undefined;

/** Is a proxy named, and does nothing say that this machine is to be reached without it? */
export function wouldProxyLoopback(env) {
  return namesProxy(env) && missing(named(env, "no_proxy")).length > 0;
}

export const namesProxy = (env) => NAMES.some((name) => named(env, name) !== undefined);

/** What a list of exceptions lacks of this machine's own names. */
function missing(exceptions = "") {
  const listed = exceptions.split(/[\s,]+/);
  return listed.includes("*") ? [] : LOOPBACK.filter((host) => !listed.includes(host));
}

/** The same with each program's names of it. Without a proxy, nothing. @returns {Record<string, string>} what to set in an environment */
export function proxySettings(env) {
  if (!namesProxy(env)) return {};
  const exceptions = named(env, "no_proxy");
  const no = [exceptions, ...missing(exceptions)].filter(Boolean).join(",");
  const all = named(env, "all_proxy");
  // Neither npm nor Node reads ALL_PROXY; SOCKS is for programs that know it.
  const everywhere = all !== undefined && !/^socks/i.test(all) ? all : undefined;
  const settings = { no_proxy: no, NO_PROXY: no };
  for (const name of ["http_proxy", "https_proxy"]) {
    const proxy = named(env, name) ?? everywhere;
    // A bare HOST:PORT is common, and no URL to Node.
    if (proxy) settings[name] = settings[name.toUpperCase()] = proxy.includes("://") ? proxy : `http://${proxy}`;
  }
  return settings;
}
