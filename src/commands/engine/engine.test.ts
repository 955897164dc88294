import {mkdirSync, readdirSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import {openIndex} from '../../../test/servers/index-server.ts'
import {openFolder} from '../../../test/support/cleanup.ts'
import {svft as svftIn} from '../../../test/support/workplace.ts'

const isLinux = process.platform === 'linux' && process.arch === 'x64'

async function svft(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const folder = openFolder()
  const ran = await svftIn(folder, args, {env: {SVFT_OPENVINO: 'none', ...env}})
  return {...ran, folder}
}

test('svft engine list names every engine with its precision, and one that is missing with its command', async () => {
  const {stdout, exitCode, folder} = await svft(['engine', 'list', '--json'])
  const {status, result} = JSON.parse(stdout)
  expect([status, exitCode]).toEqual([0, 0])
  const rows = result.engines.map(({engine, device, precision}: Record<string, string>) => [engine, device, precision])
  expect(rows).toEqual([
    ['onnx', 'cpu', 'float32'],
    ['onnx', 'webgpu', 'float32'],
    ['onnx', 'cuda', 'float32'],
    ['openvino', 'cpu', 'bfloat16'],
    ['tensorflow', undefined, 'float32'],
    ['js', 'cpu', 'float32'],
  ])
  const [onnx, , , openvino] = result.engines
  expect(onnx).toMatchObject({status: 'ok', found: {works: true}})
  expect(onnx.found.flopsPerSecond).toBeGreaterThan(1e8)
  expect(openvino.status).toBe('absent')
  if (isLinux) expect(openvino.remedy).toBe('unset the variable, or set it to a folder with OpenVINO')
  expect(readdirSync(folder)).toEqual([])
})

describe.runIf(isLinux)('svft engine install', () => {
  test('an index without the package is an I/O error, in the envelope too', async () => {
    const {url} = await openIndex({})
    const env = {PIP_INDEX_URL: url, SVFT_OPENVINO: ''}
    const {stdout, exitCode} = await svft(['engine', 'install', 'openvino', '--force', '--json'], env)
    expect(exitCode).toBe(74)
    expect(JSON.parse(stdout)).toEqual({
      status: 74,
      error: {
        name: 'Fault',
        kind: 'io',
        message: `openvino: ${url}/openvino/ does not exist (404); PIP_INDEX_URL names another package index`,
      },
      warnings: [],
    })
  })

  test('nothing is installed by --check, nor where SVFT_OPENVINO would hide it', async () => {
    for (const flags of [[], ['--check'], ['--force']]) {
      const {stderr, exitCode, folder} = await svft(['engine', 'install', 'openvino', ...flags])
      expect([stderr, exitCode]).toEqual([
        'engine openvino: SVFT_OPENVINO=none turns OpenVINO off; unset the variable, or set it to a folder with OpenVINO',
        1,
      ])
      expect(readdirSync(folder)).toEqual([])
    }
  })

  test('a folder in SVFT_OPENVINO without OpenVINO is a wrong use', async () => {
    const empty = join(openFolder(), 'empty')
    mkdirSync(empty)
    const {stderr, exitCode} = await svft(['engine', 'install', 'openvino'], {SVFT_OPENVINO: empty})
    expect(exitCode).toBe(2)
    expect(stderr).toContain(`SVFT_OPENVINO: ${empty}: a folder without OpenVINO; set the variable to `)
  })

  test('a cache that cannot be made is named with the variable that moves it', async () => {
    const {stderr, exitCode} = await svft(['engine', 'install', 'openvino', '--force'], {
      SVFT_OPENVINO: '',
      SVFT_CACHE: '/sys/svft',
    })
    expect(exitCode).toBe(74)
    expect(stderr).toMatch(/^\/sys\/svft: .*; set SVFT_CACHE to a folder that can be written$/)
  })

  test('an unknown engine and a flag of another are refused', async () => {
    expect(await svft(['engine', 'install', 'pytorch'])).toMatchObject({exitCode: 2})
    const gpu = await svft(['engine', 'install', 'openvino', '--gpu'])
    expect(gpu).toMatchObject({exitCode: 2, stderr: 'engine openvino has no flag --gpu'})
  })
})
