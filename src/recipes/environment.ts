import {createRequire} from 'node:module'
import {cpus, hostname} from 'node:os'
import {fileURLToPath} from 'node:url'
import {execa} from 'execa'

/** What a result may depend on beside its recipe. */
export interface Environment {
  readonly version: string
  /** Of svft's own sources; empty where it was installed without them. */
  readonly commit: string
  readonly dirty: boolean
  readonly node: string
  readonly onnxruntime: string
  readonly cpu: string
  readonly host: string
}

export async function readEnvironment(): Promise<Environment> {
  const require = createRequire(import.meta.url)
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const git = (...args: string[]) => execa('git', args, {cwd: root, reject: false})
  const [commit, status, top] = await Promise.all([
    git('rev-parse', '--short=12', 'HEAD'),
    git('status', '--porcelain', '--untracked-files=no'),
    git('rev-parse', '--show-prefix'),
  ])
  const ours = top.exitCode === 0 && top.stdout === '' // not somebody else's repository around an installed package
  return {
    version: require('../../package.json').version,
    commit: ours ? commit.stdout : '',
    dirty: ours && status.stdout !== '',
    node: process.version,
    onnxruntime: require('onnxruntime-node/package.json').version,
    cpu: cpus()[0]?.model ?? 'unknown',
    host: hostname(),
  }
}
