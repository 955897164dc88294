import {statSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {execa} from 'execa'
import {expect, test, vi} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {bin} from '../../test/support/workplace.ts'
import {checkStorage} from '../plan/doctor/check-storage.ts'

const folder = openFolder()

test('svft doctor checks everything, and leaves no files behind', async () => {
  const env = {
    NODE_ENV: undefined,
    SVFT_CACHE: join(folder, 'cache'),
    HF_HOME: folder,
    HF_ENDPOINT: 'http://127.0.0.1:9',
  }
  const {stdout, exitCode} = await execa(process.execPath, [bin, 'doctor', '--json'], {env, reject: false})
  const {status, result, warnings} = JSON.parse(stdout)
  expect({status, warnings, exitCode}).toEqual({status: 0, warnings: [], exitCode: 0})
  const checks = Object.fromEntries(result.checks.map((check: {name: string}) => [check.name, check]))
  expect(Object.keys(checks)).toEqual([
    'svft',
    'node',
    'onnxruntime',
    'LAPACK',
    'cores',
    'memory',
    'matrix product',
    'memory bandwidth',
    'onnxruntime cpu',
    'onnxruntime webgpu',
    'onnxruntime cuda',
    'openvino',
    'tensorflow',
    'js',
    'cache',
    'hub cache',
    'hub',
  ])
  expect(checks['matrix product'].found.flopsPerSecond).toBeGreaterThan(1e8)
  expect(checks['onnxruntime cpu']).toMatchObject({status: 'ok', needed: true, found: {works: true}})
  expect(checks['onnxruntime cpu'].found.flopsPerSecond).toBeGreaterThan(1e8)
  expect(checks['memory bandwidth'].found.bytesPerSecond).toBeGreaterThan(1e7)
  expect(checks.hub).toMatchObject({status: 'absent', remedy: expect.stringContaining('HF_ENDPOINT')})
  expect(checks.cache).toMatchObject({status: 'ok', found: {path: join(folder, 'cache'), exists: false}})
  expect(() => statSync(join(folder, 'cache'))).toThrow('ENOENT')
})

test('an unwritable cache is reported as wrong, and an offline hub is not contacted', async () => {
  const file = join(folder, 'file')
  writeFileSync(file, '')
  const before = {...process.env}
  Object.assign(process.env, {SVFT_CACHE: join(file, 'cache'), HF_HUB_OFFLINE: '1', HF_HUB_CACHE: join(folder, 'hub')})
  const [cache, hubCache, hub] = await checkStorage().finally(() => {
    process.env = before
  })
  expect(cache).toMatchObject({status: 'wrong', needed: true, remedy: expect.stringContaining('SVFT_CACHE')})
  expect(hubCache).toMatchObject({status: 'ok', found: {path: join(folder, 'hub')}})
  expect(hub).toMatchObject({
    status: 'absent',
    message: 'HF_HUB_OFFLINE=1: not contacted',
    remedy: 'unset HF_HUB_OFFLINE',
  })
})

test.runIf(process.platform === 'linux')('a folder in the cache that cannot be written is wrong', async () => {
  const cache = openFolder()
  symlinkSync('/sys', join(cache, 'factors'))
  vi.stubEnv('SVFT_CACHE', cache)
  vi.stubEnv('HF_HUB_OFFLINE', '1')
  const [check] = await checkStorage().finally(() => vi.unstubAllEnvs())
  const message = expect.stringMatching(`^${cache}/factors cannot be written: E`)
  expect(check).toMatchObject({name: 'cache', status: 'wrong', needed: true, message})
})

test('a password in HF_ENDPOINT is refused and printed nowhere', async () => {
  vi.stubEnv('HF_ENDPOINT', 'https://me:secret@hub.example')
  vi.stubEnv('HF_HOME', folder)
  vi.stubEnv('SVFT_CACHE', join(folder, 'cache'))
  try {
    const hub = (await checkStorage()).find(({name}) => name === 'hub')
    expect(hub).toMatchObject({status: 'wrong', message: expect.stringMatching(/^HF_ENDPOINT must be .*without name/)})
    expect(JSON.stringify(hub)).not.toContain('secret')
  } finally {
    vi.unstubAllEnvs()
  }
})

test('an onnxruntime that cannot be loaded is named, with what to do', async () => {
  const broken = join(folder, 'broken.cjs')
  writeFileSync(
    broken,
    `const module_ = require('node:module'); const load = module_._load
    module_._load = function (name) {
      if (name === 'onnxruntime-node') throw new Error('libonnxruntime.so.1: cannot open shared object file')
      return load.apply(this, arguments)
    }`,
  )
  const command = (...args: string[]) =>
    execa(process.execPath, [bin, ...args], {reject: false, env: {NODE_OPTIONS: `--require ${broken}`}, cwd: folder})
  const reason = 'onnxruntime-node cannot be loaded: libonnxruntime.so.1: cannot open shared object file'
  for (const [args, exitCode] of [
    [['doctor'], 1],
    [['engine', 'list'], 0],
  ] as const) {
    const listed = await command(...args)
    expect(listed).toMatchObject({exitCode, stdout: expect.stringContaining(`${reason}\n`)})
    expect(listed.stdout).toContain('works everywhere, slowly')
  }
  const recipe = 'configs/gsm8k/mini/svft-plain.yaml'
  for (const args of [['--dry-run'], []]) {
    const ran = await command('run', recipe, ...args)
    expect([ran.exitCode, ran.stderr]).toEqual([
      1,
      expect.stringMatching(new RegExp(`^${reason}; reinstall the packages: npm ci$`, 'm')),
    ])
  }
})
