import {readFile} from 'node:fs/promises'
import {homedir} from 'node:os'
import {join, resolve} from 'node:path'
import {Fault} from '../base/fault.ts'

/** The hub's address, its cache and its timeouts, from the environment as Python's huggingface_hub reads it. */
export interface HubSettings {
  /** Without a slash at its end. */
  readonly endpoint: string
  /** The folder of Python's cache layout. */
  readonly cache: string
  /** Whether to make no network requests. */
  readonly offline: boolean
  /** A secret: sent to the endpoint's own host only, and never printed. */
  readonly token?: string
  /** The variable of the environment that names a proxy, if Node does not use it. */
  readonly unusedProxy?: string | undefined
  /** The first pause before a request is tried again; it doubles each time. */
  readonly pauseMs: number
  /** A connection that delivers no byte for this time, or less than 1 kB/s over it, is closed. */
  readonly idleMs: number
}

type Environment = Readonly<Record<string, string | undefined>>

/** Reads HF_ENDPOINT, HF_TOKEN or the token's file, HF_HUB_DISABLE_IMPLICIT_TOKEN, HF_HUB_OFFLINE, HF_HOME, HF_HUB_CACHE and proxies. */
export async function readHubSettings(env: Environment = process.env): Promise<HubSettings> {
  return {
    endpoint: hubEndpoint(env),
    cache: hubCacheFolder(env),
    offline: offlineVariable(env) !== undefined,
    token: await readToken(env),
    unusedProxy: unusedProxy(env),
    pauseMs: 500,
    idleMs: 30_000,
  }
}

const DEFAULT_ENDPOINT = 'https://huggingface.co'

/** The hub's address. @throws Fault 'usage' if HF_ENDPOINT is none, or holds a name, a password or a query */
export function hubEndpoint(env: Environment = process.env): string {
  const written = (env.HF_ENDPOINT || DEFAULT_ENDPOINT).replace(/\/+$/, '')
  const url = URL.canParse(written) ? new URL(written) : undefined
  const isPlain = url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash
  if (isPlain) return written
  throw new Fault(
    'usage',
    `HF_ENDPOINT must be the address of a hub, like ${DEFAULT_ENDPOINT}, without name or password`,
  )
}

/** The folder of Python's huggingface_hub cache, as an absolute path, since links may point into it. */
export function hubCacheFolder(env: Environment = process.env): string {
  return resolve(expanded(env.HF_HUB_CACHE || env.HUGGINGFACE_HUB_CACHE || join(home(env), 'hub'), env))
}

/** The variable that forbids the network, if one does; HF_HUB_OFFLINE=0 overrules TRANSFORMERS_OFFLINE. */
export function offlineVariable(env: Environment = process.env): string | undefined {
  const name = env.HF_HUB_OFFLINE ? 'HF_HUB_OFFLINE' : 'TRANSFORMERS_OFFLINE'
  return env[name] && !/^(0|false|no|off)$/i.test(env[name]) ? name : undefined
}

/** The variable that names a proxy, unless NODE_USE_ENV_PROXY lets newer versions of Node use it. */
function unusedProxy(env: Environment): string | undefined {
  if (env.NODE_USE_ENV_PROXY === '1') return undefined
  return ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'].find(name => env[name])
}

async function readToken(env: Environment): Promise<string | undefined> {
  if (isTrue(env.HF_HUB_DISABLE_IMPLICIT_TOKEN)) return undefined
  const written = env.HF_TOKEN || env.HUGGING_FACE_HUB_TOKEN || (await tokenFile(env))
  const token = written?.trim()
  if (!token) return undefined
  if (/^[\x21-\x7e]+$/.test(token)) return token
  throw new Fault('usage', 'the token in HF_TOKEN or its file must be one word of letters, digits and signs')
}

/** Whether a variable is set as Python's huggingface_hub understands it. */
const isTrue = (value = '') => /^(1|on|yes|true)$/i.test(value)

async function tokenFile(env: Environment): Promise<string | undefined> {
  const file = expanded(env.HF_TOKEN_PATH || join(home(env), 'token'), env)
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const {code, message} = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new Fault('io', `${file}: the token cannot be read: ${code ?? message}`, {cause: error})
  }
}

const home = (env: Environment) =>
  expanded(env.HF_HOME || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface'), env)

/** As in Python, `~` is the user's folder, and `$NAME` or `${NAME}` the value of a variable if it is set. */
export const expanded = (path: string, env: Environment = process.env) =>
  path
    .replace(/^~(?=$|[\\/])/, homedir())
    .replace(/\$(?:(\w+)|\{([^}]*)\})/g, (all, plain, braced) => env[plain ?? braced] ?? all)
