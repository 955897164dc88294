import {existsSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {deflateRawSync} from 'node:zlib'
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest'
import {type IndexedFile, type IndexServerOptions, openIndex} from '../../test/servers/index-server.ts'
import {openFolder} from '../../test/support/cleanup.ts'
import {elf} from '../../test/support/elf.ts'
import {type ZipRecord, zipOf} from '../../test/support/zip.ts'
import {requireIntactOpenVino} from '../engine/openvino/intact.ts'
import {surveyOpenVino} from '../engine/openvino/library.ts'
import {installEngine} from './install-engine.ts'
import {openVinoInstaller} from './openvino.ts'

let cache: string
beforeEach(() => {
  cache = openFolder()
  vi.stubEnv('SVFT_CACHE', cache)
  vi.stubEnv('SVFT_OPENVINO', '')
})
afterEach(() => vi.unstubAllEnvs())

const deflated = (name: string, data: Buffer): ZipRecord => ({
  name,
  data: deflateRawSync(data, {level: 1}),
  method: 8,
  inflated: data.length,
})

/** The records of a wheel with OpenVINO's names. */
const RECORDS: readonly ZipRecord[] = [
  deflated('openvino/libs/libopenvino.so.2641', elf),
  deflated('openvino/libs/libopenvino_c.so.2641', elf),
  deflated('openvino/libs/libopenvino_intel_cpu_plugin.so', elf),
  deflated('openvino/libs/libopenvino_onnx_frontend.so.2641', elf),
  deflated('openvino/libs/libopenvino_ir_frontend.so.2641', elf),
  deflated('openvino/libs/libtbb.so.12', elf),
  deflated('openvino/libs/libtbbbind_2_5.so.3', elf),
  {name: 'openvino/libs/libopenvino_intel_gpu_plugin.so', data: elf},
  {name: 'openvino/libs/cache.json', data: Buffer.from('{}')},
  {name: 'openvino/__init__.py', data: Buffer.from('')},
  {name: 'openvino-2026.4.1.dist-info/licenses/LICENSE', data: Buffer.from('Apache')},
]

const NAME = 'openvino-2026.4.1-22982-cp311-cp311-manylinux_2_28_x86_64.whl'
const WHEEL = zipOf(RECORDS)

async function openWheels(files: readonly IndexedFile[], options?: IndexServerOptions) {
  const index = await openIndex({openvino: files}, options)
  vi.stubEnv('PIP_INDEX_URL', index.url)
  return index
}

const signal = new AbortController().signal
const install = (onBytes?: (done: number, total: number) => void) =>
  openVinoInstaller.install({signal, note: () => {}, onBytes})

const search = () => ({env: {}, root: cache, home: cache})
const find = () => surveyOpenVino(search()).library

const leftovers = () =>
  readdirSync(cache, {recursive: true})
    .map(String)
    .filter(name => /whl|tmp|part|lock/.test(name))

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('on linux x64', () => {
  test.each(['json', 'html'] as const)('the CPU plugin is unpacked from the wheel, listed as %s', async form => {
    await openWheels([{name: NAME, bytes: WHEEL}], {form})
    const progress: number[] = []
    await install((done, total) => progress.push(done / total))
    expect(progress.at(-1)).toBe(1)
    const folder = join(cache, 'openvino/2026.4.1')
    expect(find()).toMatchObject({folder, version: '2026.4.1', origin: 'cache'})
    expect(readdirSync(folder).sort()).toEqual([
      'libopenvino.so.2641',
      'libopenvino_c.so.2641',
      'libopenvino_intel_cpu_plugin.so',
      'libopenvino_ir_frontend.so.2641',
      'libopenvino_onnx_frontend.so.2641',
      'libtbb.so.12',
      'libtbbbind_2_5.so.3',
      'licenses',
      'manifest.json',
    ])
    expect(readFileSync(join(folder, 'libtbb.so.12')).equals(elf)).toBe(true)
    expect(readdirSync(join(folder, 'licenses'))).toEqual(['LICENSE'])
    expect(leftovers()).toEqual([])
  })

  test('of the files of the version, one for this platform is chosen', async () => {
    const others = [
      NAME.replace('manylinux_2_28_x86_64', 'manylinux_2_35_aarch64'),
      NAME.replace('manylinux_2_28_x86_64', 'win_amd64'),
      NAME.replaceAll('cp311', 'cp310'),
      NAME.replace('2026.4.1', '2026.3.1'),
      'openvino-2026.4.1-22982.tar.gz',
    ].map(name => ({name, bytes: Buffer.from(name), yanked: name.includes('cp310')}))
    const {requests} = await openWheels([...others, {name: NAME, bytes: WHEEL}])
    await install()
    expect(requests).toEqual(['GET /simple/openvino/', `GET /files/${NAME}`])
    expect(find()).toBeDefined()
  })

  test('an index without the file, or without its sha256, is named', async () => {
    const {url} = await openWheels([{name: NAME.replace('x86_64', 'aarch64'), bytes: WHEEL}])
    await expect(install()).rejects.toThrow(
      `openvino: ${url}/openvino/ has no file of openvino 2026.4.1 for linux x64; PIP_INDEX_URL names another package index`,
    )
    await openWheels([{name: NAME, bytes: WHEEL, sha256: null}])
    await expect(install()).rejects.toThrow(/^openvino: http.* lists no sha256 of openvino-2026/)
    expect(readdirSync(cache)).toEqual([])
  })

  test('a file of another sha256 is refused, and leaves nothing behind', async () => {
    await openWheels([{name: NAME, bytes: WHEEL, sha256: 'a'.repeat(64)}])
    await expect(install()).rejects.toThrow(
      `openvino: its bytes are not those of ${'a'.repeat(64)}, as the package index lists them; try again, or use another PIP_INDEX_URL`,
    )
    expect(leftovers()).toEqual([])
    expect(find()).toBeUndefined()
  })

  test('a download that is cut resumes where it stopped', async () => {
    const index = await openWheels([{name: NAME, bytes: WHEEL}])
    let cuts = 2
    index.trick = ({url = '', headers}, response) => {
      if (!url.startsWith('/files/') || cuts-- <= 0) return false
      const from = Number(/bytes=(\d+)/.exec(headers.range ?? '')?.[1] ?? 0)
      const range = {'content-range': `bytes ${from}-${WHEEL.length - 1}/${WHEEL.length}`}
      response.writeHead(from ? 206 : 200, {'content-length': WHEEL.length - from, ...(from ? range : {})})
      response.write(WHEEL.subarray(from, from + 100_000), () => response.destroy())
      return true
    }
    await install()
    expect(index.requests.slice(1)).toEqual([
      `GET /files/${NAME}`,
      `GET /files/${NAME} bytes=100000-`,
      `GET /files/${NAME} bytes=200000-`,
    ])
    expect(find()).toBeDefined()
  })

  test('an interrupted installation is resumed by the next, in another process too', async () => {
    const index = await openWheels([{name: NAME, bytes: WHEEL}])
    const aborted = new AbortController()
    const onBytes = (done: number) => done > 50_000 && aborted.abort()
    const first = openVinoInstaller.install({signal: aborted.signal, note: () => {}, onBytes})
    await expect(first).rejects.toThrow()
    expect(find()).toBeUndefined()
    expect(leftovers()).toEqual([`wheels`, `wheels/${NAME}.svft-part`].slice(1))
    await install()
    expect(index.requests.at(-1)).toMatch(/ bytes=\d+-$/)
    expect(find()).toBeDefined()
    expect(leftovers()).toEqual([])
  })

  test('a wheel that leads out of its folder, or lacks a library, is refused whole', async () => {
    const evil = zipOf([...RECORDS, {name: 'openvino/libs/../../../../evil.so', data: elf}])
    await openWheels([{name: NAME, bytes: evil}])
    await expect(install()).rejects.toThrow(/whl: not a name for a record: openvino\/libs\/\.\.\//)
    await openWheels([{name: NAME, bytes: zipOf(RECORDS.filter(({name}) => !name.includes('cpu_plugin')))}])
    await expect(install()).rejects.toThrow(
      'openvino: its package lacks what svft needs: OpenVINO 2026.4.1 without its CPU plugin',
    )
    await openWheels([{name: NAME, bytes: zipOf([{name: 'openvino/libs/x.so', data: elf}])}])
    await expect(install()).rejects.toThrow('lacks what svft needs: there is no OpenVINO in it')
    expect(find()).toBeUndefined()
    expect(existsSync(join(cache, 'openvino/2026.4.1'))).toBe(false)
  })

  test('one that is installed is replaced, and stays if the new one cannot be used', async () => {
    await openWheels([{name: NAME, bytes: WHEEL}])
    await install()
    await install()
    expect(find()).toBeDefined()
    await openWheels([{name: NAME, bytes: zipOf(RECORDS.slice(1, 2))}])
    await expect(install()).rejects.toThrow('its package lacks what svft needs')
    expect(find()).toBeDefined()
  })

  test('a library whose bytes have changed, or one that is lost, is named with the command that installs it again', async () => {
    await openWheels([{name: NAME, bytes: WHEEL}])
    await install()
    expect(await requireIntactOpenVino(search())).toEqual(find())
    const library = join(cache, 'openvino/2026.4.1/libtbb.so.12')
    const flipped = Buffer.from(elf)
    flipped[100] ^= 1
    writeFileSync(library, flipped)
    expect(find()).toBeDefined()
    await expect(requireIntactOpenVino(search())).rejects.toThrow(
      `engine openvino: ${library}: its bytes are not those that were written; run: svft engine install openvino`,
    )
    rmSync(library)
    await expect(requireIntactOpenVino(search())).rejects.toThrow(/libtbb.so.12: no such file.*; run: svft engine/)
    await install()
    expect(await requireIntactOpenVino(search())).toEqual(find())
  })

  test('where SVFT_OPENVINO names another, none is installed', async () => {
    const {requests} = await openWheels([{name: NAME, bytes: WHEEL}])
    vi.stubEnv('SVFT_OPENVINO', '/opt/own')
    await expect(install()).rejects.toMatchObject({
      kind: 'usage',
      message:
        'SVFT_OPENVINO: /opt/own: svft uses this OpenVINO, and would not use one that it installs; unset the variable',
    })
    expect([requests, readdirSync(cache)]).toEqual([[], []])
  })

  test('what does not load after its installation is a fault', async () => {
    await openWheels([{name: NAME, bytes: WHEEL}])
    const installing = installEngine(openVinoInstaller, {force: true, signal, note: () => {}})
    await expect(installing).rejects.toThrow(/^engine openvino: /)
    expect(find()).toBeDefined()
  })
})

test('two installations of an engine take turns', async () => {
  const events: string[] = []
  const installer = {
    ...openVinoInstaller,
    unsupported: () => undefined,
    find: () => undefined,
    install: async () => {
      events.push('start')
      await setTimeout(50)
      events.push('end')
    },
  }
  const one = () => installEngine(installer, {signal, note: () => {}}).catch(() => {}) // it installs nothing
  await Promise.all([one(), one()])
  expect(events).toEqual(['start', 'end', 'start', 'end'])
})

test('flags of other engines are refused', async () => {
  const options = {signal, note: () => {}}
  const installer = {...openVinoInstaller, unsupported: () => undefined}
  await expect(installEngine(installer, {...options, gpu: true})).rejects.toMatchObject({
    kind: 'usage',
    message: 'engine openvino has no flag --gpu',
  })
})

test('an engine for other machines is refused in one line', async () => {
  const installer = {...openVinoInstaller, unsupported: () => 'for linux x64 only, not darwin arm64'}
  await expect(installEngine(installer, {signal, note: () => {}})).rejects.toThrow(
    'engine openvino: for linux x64 only, not darwin arm64',
  )
})
