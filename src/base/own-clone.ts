import {execFile} from 'node:child_process'
import {fileURLToPath} from 'node:url'
import {promisify} from 'node:util'

/** Runs git in the clone that svft runs from, and returns its output; undefined if there is no such clone, or git fails. */
export async function runInOwnClone(args: readonly string[], input?: string): Promise<string | undefined> {
  prefix ??= git(['rev-parse', '--show-prefix'])
  return (await prefix) === '' ? git(args, input) : undefined // else a repository that contains an installed package
}

let prefix: Promise<string | undefined> | undefined

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

function git(args: readonly string[], input = ''): Promise<string | undefined> {
  const env = {...process.env, GIT_NO_LAZY_FETCH: '1'} // a clone without all objects must not fetch them
  const running = promisify(execFile)('git', args, {cwd: ROOT, env, maxBuffer: 2 ** 26})
  running.child.stdin?.on('error', () => {}).end(input) // git may end before it has read everything
  return running.then(
    ({stdout}) => stdout.trimEnd(),
    () => undefined,
  )
}
