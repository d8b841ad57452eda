type Environment = Readonly<Record<string, string | undefined>>;
export function wouldProxyLoopback(env: Environment): boolean;
export function namesProxy(env: Environment): boolean;
export function proxySettings(env: Environment): Record<string, string>;
