import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {openFolder} from '../../../test/support/cleanup.ts'
import {elf} from '../../../test/support/elf.ts'
import {type OpenVinoSearch, openVinoPlatformFault, requireOpenVino, surveyOpenVino} from './library.ts'

const findOpenVino = (search: OpenVinoSearch) => surveyOpenVino(search).library

let root: string
let before: string | undefined
beforeEach(() => {
  root = openFolder()
  before = process.env.SVFT_CACHE
  process.env.SVFT_CACHE = join(root, 'cache')
})
afterEach(() => {
  if (before === undefined) delete process.env.SVFT_CACHE
  else process.env.SVFT_CACHE = before
})

/** Writes OpenVINO's libraries of a version, as in the Python package, into a folder below `root`. */
function put(place: string, {version = '2641', without = ''}: {version?: string; without?: string} = {}): string {
  const folder = join(root, place)
  mkdirSync(folder, {recursive: true})
  const names = [
    `libopenvino.so.${version}`,
    `libopenvino_c.so.${version}`,
    'libopenvino_intel_cpu_plugin.so',
    `libopenvino_onnx_frontend.so.${version}`,
    `libopenvino_ir_frontend.so.${version}`,
  ]
  for (const name of names.filter(name => !without || !name.includes(without))) writeFileSync(join(folder, name), elf)
  return folder
}

const search = (env: Readonly<Record<string, string>> = {}) => ({env, root, home: join(root, 'home')})

test('other machines are named, with the engines that work there', () => {
  expect(openVinoPlatformFault({platform: 'linux', arch: 'x64'})).toBeUndefined()
  expect(openVinoPlatformFault({platform: 'darwin', arch: 'arm64'})).toBe(
    'for linux x64 only, not darwin arm64; choose engine: onnx, device: cpu or webgpu',
  )
})

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('on linux x64', () => {
  test('nothing is found on a bare machine, and the command that installs OpenVINO is named', () => {
    expect(surveyOpenVino(search())).toEqual({skipped: []})
    expect(() => requireOpenVino(search())).toThrow(
      'engine openvino: OpenVINO is not installed; run: svft engine install openvino',
    )
  })

  test('each place is searched, in its order', () => {
    const python = 'lib/python3.12/site-packages/openvino/libs'
    const places = [
      {place: 'node_modules/x', env: {}, origin: undefined},
      {place: 'opt/intel/openvino_2026/runtime/lib/intel64', env: {}, origin: 'system'},
      {place: 'usr/lib/x86_64-linux-gnu', env: {}, origin: 'system'},
      {place: 'intel/runtime/lib/intel64', env: {INTEL_OPENVINO_DIR: join(root, 'intel')}, origin: 'system'},
      {place: 'lib', env: {LD_LIBRARY_PATH: `:${join(root, 'lib')}`}, origin: 'system'},
      {place: 'usr/lib/python3/dist-packages/openvino/libs', env: {}, origin: 'python'},
      {place: `home/.local/${python}`, env: {}, origin: 'python'},
      {place: `home/.pyenv/versions/3.12.1/${python}`, env: {}, origin: 'python'},
      {place: `conda/${python}`, env: {CONDA_PREFIX: join(root, 'conda')}, origin: 'python'},
      {place: `venv/${python}`, env: {VIRTUAL_ENV: join(root, 'venv')}, origin: 'python'},
      {place: 'cache/openvino/2026.4.1', env: {}, origin: 'cache'},
      {place: 'own', env: {SVFT_OPENVINO: join(root, 'own')}, origin: 'SVFT_OPENVINO'},
    ]
    let env = {}
    for (const {place, origin, ...more} of places) {
      const folder = put(place)
      env = {...env, ...more.env}
      const library = join(folder, 'libopenvino_c.so.2641')
      const expected = origin && {folder, library, version: '2026.4.1', origin}
      expect(findOpenVino(search(env))).toEqual(expected)
    }
  })

  test('a Python on the path is found by its own folder, through links', () => {
    const folder = put('python/lib/python3.11/site-packages/openvino/libs')
    mkdirSync(join(root, 'python/bin'))
    writeFileSync(join(root, 'python/bin/python3.11'), '')
    mkdirSync(join(root, 'bin'))
    symlinkSync(join(root, 'python/bin/python3.11'), join(root, 'bin/python3'))
    expect(findOpenVino(search({PATH: `/nowhere:${join(root, 'bin')}`}))).toMatchObject({folder, origin: 'python'})
  })

  test('a search path is not followed into the working folder', () => {
    put('lib/python3.11/site-packages/openvino/libs')
    put('lib')
    mkdirSync(join(root, 'bin'))
    writeFileSync(join(root, 'bin/python3'), '')
    const working = process.cwd()
    process.chdir(join(root, 'bin'))
    try {
      for (const path of ['', ':/nowhere', '.', '../bin'])
        expect(surveyOpenVino(search({PATH: path, LD_LIBRARY_PATH: '../lib:.'}))).toEqual({skipped: []})
      put('.local/lib/python3.11/site-packages/openvino/libs')
      expect(surveyOpenVino({...search({VIRTUAL_ENV: '..', CONDA_PREFIX: '..'}), home: '..'})).toEqual({skipped: []})
    } finally {
      process.chdir(working)
    }
  })

  test('a relative folder in SVFT_OPENVINO is one below the working folder', () => {
    const folder = put('own')
    const working = process.cwd()
    process.chdir(folder)
    try {
      expect(findOpenVino(search({SVFT_OPENVINO: '.'}))).toMatchObject({folder: process.cwd(), origin: 'SVFT_OPENVINO'})
    } finally {
      process.chdir(working)
    }
  })

  test('the newest of several is taken, and links and both forms of a version are read', () => {
    put('cache/openvino/2026.4.1')
    put('cache/openvino/2026.10.0', {version: '2026.9.0'})
    expect(findOpenVino(search())).toMatchObject({version: '2026.9.0'})
    const folder = put('linked', {version: '2026.5.2'})
    symlinkSync('libopenvino_c.so.2026.5.2', join(folder, 'libopenvino_c.so'))
    expect(findOpenVino(search({SVFT_OPENVINO: folder}))).toMatchObject({version: '2026.5.2'})
  })

  test('one that cannot be used is skipped, with its reason, for one that can', () => {
    put('usr/lib', {version: '2630'})
    put('usr/lib64', {without: 'cpu_plugin'})
    put('usr/local/lib', {without: 'openvino_c'})
    const split = put('usr/lib/x86_64-linux-gnu', {without: 'onnx'})
    const uncached = put('home/.local/lib/python3.12/site-packages/openvino/libs', {without: 'ir_frontend'})
    const damaged = put('cache/openvino/2026.4.1')
    writeFileSync(join(damaged, 'libopenvino_intel_cpu_plugin.so'), elf.subarray(0, elf.length - 100))
    const {library, skipped} = surveyOpenVino(search())
    expect(library).toBeUndefined()
    expect(skipped).toEqual([
      `${damaged}: libopenvino_intel_cpu_plugin.so of OpenVINO 2026.4.1 is truncated`,
      `${uncached}: OpenVINO 2026.4.1 without its IR front end`,
      `${root}/usr/local/lib: OpenVINO without its C library`,
      `${split}: OpenVINO 2026.4.1 without its ONNX front end`,
      `${root}/usr/lib64: OpenVINO 2026.4.1 without its CPU plugin`,
      `${root}/usr/lib: OpenVINO 2026.3.0, older than 2026.4.0`,
    ])
    expect(() => requireOpenVino(search())).toThrow(`OpenVINO is not installed (${damaged}: `)
    const good = put('opt/intel/openvino/runtime/lib/intel64')
    expect(surveyOpenVino(search())).toMatchObject({library: {folder: good}, skipped})
  })

  test('a truncated library that OpenVINO loads is found before it would end the process', () => {
    const folder = put('cache/openvino/2026.4.1')
    writeFileSync(join(folder, 'libtbb.so.12'), elf.subarray(0, elf.length - 100))
    symlinkSync('libhwloc.so.16', join(folder, 'libhwloc.so.15'))
    writeFileSync(join(folder, 'libtbbmalloc.so'), 'INPUT(libtbbmalloc.so.2)')
    expect(surveyOpenVino(search()).skipped).toEqual([`${folder}: libtbb.so.12 of OpenVINO 2026.4.1 is truncated`])
  })

  test('a system’s plugins in a folder of their own are found', () => {
    const folder = put('usr/lib/x86_64-linux-gnu', {version: '2026.4.1', without: 'cpu_plugin'})
    mkdirSync(join(folder, 'openvino-2026.4.1'))
    writeFileSync(join(folder, 'openvino-2026.4.1/libopenvino_intel_cpu_plugin.so'), elf)
    expect(findOpenVino(search())).toMatchObject({folder, version: '2026.4.1'})
  })

  test('a dangling link is no library', () => {
    const folder = join(root, 'usr/lib')
    mkdirSync(folder, {recursive: true})
    symlinkSync('libopenvino_c.so.2641', join(folder, 'libopenvino_c.so'))
    expect(surveyOpenVino(search()).skipped).toEqual([`${folder}: an OpenVINO that cannot be read (ENOENT)`])
  })

  test('a folder in SVFT_OPENVINO without OpenVINO is a fault, and `none` hides all others', () => {
    put('cache/openvino/2026.4.1')
    const advice = 'set the variable to the folder of libopenvino_c.so, or unset it'
    const empty = join(root, 'empty')
    expect(() => findOpenVino(search({SVFT_OPENVINO: empty}))).toThrow(
      `SVFT_OPENVINO: ${empty}: no such folder; ${advice}`,
    )
    mkdirSync(empty)
    expect(() => findOpenVino(search({SVFT_OPENVINO: empty}))).toThrow(
      `SVFT_OPENVINO: ${empty}: a folder without OpenVINO; ${advice}`,
    )
    const old = put('old', {version: '2541'})
    expect(() => findOpenVino(search({SVFT_OPENVINO: old}))).toThrow('OpenVINO 2025.4.1, older than 2026.4.0')
    expect(findOpenVino(search({SVFT_OPENVINO: 'none'}))).toBeUndefined()
    expect(() => requireOpenVino(search({SVFT_OPENVINO: 'none'}))).toThrow(
      'engine openvino: SVFT_OPENVINO=none turns OpenVINO off; unset the variable, or set it to a folder with OpenVINO',
    )
  })
})
