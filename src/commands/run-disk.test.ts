import {cpSync, mkdirSync, readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {execa} from 'execa'
import {beforeAll, expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {bin, cacheRates, openWorkplace, svft, writeRecipe} from '../../test/support/workplace.ts'

// A disk that takes no more bytes: files may not grow beyond a limit of the shell, or lie on a tiny file system.

let original: string
beforeAll(async () => {
  original = await openWorkplace()
  cacheRates(original)
})

function workplace(changes: Parameters<typeof writeRecipe>[1]): string {
  const folder = openFolder()
  cpSync(original, folder, {recursive: true})
  writeRecipe(folder, changes)
  return folder
}

const shell = (folder: string, script: string, wrapper: readonly string[] = []) => {
  const [command, ...args] = [...wrapper, 'bash', '-c', script, 'bash', process.execPath, bin]
  const env = {NODE_ENV: undefined, SVFT_CACHE: join(folder, 'cache')}
  return execa(command, args, {cwd: folder, reject: false, env})
}

const files = (folder: string) => readdirSync(folder, {recursive: true}).map(String)
const litter = (folder: string) => files(folder).filter(name => /lock|\.tmp|merged/.test(name))

const FULL = {adapter: {method: 'full'}}
const MANY = {adapter: {method: 'none'}, evaluate: {maxNewTokens: 60, batch: 1}}

test.each([
  ['factors', {}, 2, /cache\/factors\/[0-9a-f]{64}\.safetensors: larger than a file may be here$/],
  ['a checkpoint', FULL, 100, /checkpoints\/step-000004\S*: larger than a file may be here$/],
  ['an answer', MANY, 1, /predictions-test\.jsonl: larger than a file may be here$/],
])(
  '%s that the disk does not take is named, leaves nothing behind, and the run goes on later',
  async (_, changes, limit, message) => {
    const folder = workplace(changes)
    const full = await shell(folder, `ulimit -f ${limit}; exec "$@" run tiny.yaml`)
    expect(full.exitCode).toBe(74)
    expect(String(full.stderr).trim().split('\n').at(-1)).toMatch(message)
    expect(litter(folder)).toEqual([])
    expect(files(folder).filter(name => /row\.json|step-/.test(name))).toEqual([])

    expect(await svft(folder, ['run', 'tiny.yaml'])).toMatchObject({exitCode: 0})
    expect(readFileSync(join(folder, 'results/tiny.csv'), 'utf8').split('\n')).toHaveLength(3)
  },
)

test('a run finishes when progress cannot be written to a full disk, and exits with 74 when its result cannot', async () => {
  const folder = workplace({})
  expect(await shell(folder, 'exec "$@" run tiny.yaml 2>/dev/full')).toMatchObject({exitCode: 0})
  expect(files(folder)).toContain('results/tiny.csv')
  expect(await shell(folder, 'exec "$@" run tiny.yaml >/dev/full')).toMatchObject({exitCode: 74})
})

test('a run that a full file system stops at a checkpoint resumes from the previous one once there is space', async () => {
  const folder = workplace({...FULL, train: {saveEvery: 1}})
  mkdirSync(join(folder, 'runs'))
  const mount = 'mount -t tmpfs -o size=320k none runs'
  const script = `
    "$@" run tiny.yaml; echo "exit $?"; find runs -name 'step-*' -type d | sort; find runs -name '*.tmp' -o -name 'lock*'
    mount -o remount,size=10m runs; "$@" run tiny.yaml --json`
  // its own mounts, also for who is not root; where the kernel has none for him, the limit of the shell stands in
  const own = ['unshare', '--map-root-user', '--mount']
  const mounts = (await shell(folder, mount, own)).exitCode === 0
  const {stdout, stderr} = mounts
    ? await shell(folder, `${mount}; ${script}`, own)
    : await shell(folder, script.replace('"$@"', '(ulimit -f 100; exec "$@")'))
  const said = String(stdout).split('\n')
  expect(said[0]).toBe('exit 74')
  expect(String(stderr)).toMatch(/step-00000\d\S*: (no space left on the disk|larger than a file may be here)\n/)
  expect(JSON.parse(said.slice(said.indexOf('{')).join('\n'))).toMatchObject({status: 0, result: {n: 3}})
  const left = said.slice(1, said.indexOf('{'))
  expect(left).toEqual(mounts ? [1, 2].map(step => expect.stringMatching(`/checkpoints/step-00000${step}$`)) : [])
})
