/**
 * Values as Pulumi's passphrase provider encrypts them: AES-256-GCM with a key made of the passphrase and the stack's salt. Format of Pulumi
 * 3.259 (`encryptionsalt: v1:<salt>:v1:<nonce>:<text>`, `secure: v1:<nonce>:<text>`, all base64).
 */
import { createCipheriv, pbkdf2Sync, randomBytes } from "node:crypto";

/** The engine of a workspace runs with this one. */
export const PASSPHRASE = "";
const ITERATIONS = 1_000_000;
const KEY_BYTES = 32;

/** By salt: making one takes a third of a second. */
const keys = new Map<string, Buffer>();

function keyFor(salt: string): Buffer {
  let key = keys.get(salt);
  key ??= pbkdf2Sync(PASSPHRASE, Buffer.from(salt, "base64"), ITERATIONS, KEY_BYTES, "sha256");
  keys.set(salt, key);
  return key;
}

/** A salt for a stack that has none. It carries a known word, by which the engine knows the passphrase again. */
export function newEncryptionSalt(): string {
  const salt = randomBytes(8).toString("base64");
  return `v1:${salt}:${sealed(keyFor(salt), "pulumi")}`;
}

/** What stands under `secure:` in a stack file with this `encryptionsalt`. */
export function encrypted(text: string, encryptionSalt: string): string {
  return sealed(keyFor(encryptionSalt.split(":")[1] ?? ""), text);
}

function sealed(key: Buffer, text: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const content = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return `v1:${nonce.toString("base64")}:${content.toString("base64")}`;
}
