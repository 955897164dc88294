import {mkdirSync, writeFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import {dirname, join} from 'node:path'
import {beforeEach, expect, test} from 'vitest'
import {openFolder} from '../../../test/support/cleanup.ts'
import {elf} from '../../../test/support/elf.ts'
import {checkPackage, explain, findPackage, loadTensorFlow, tensorFlowEnvironment} from './package.ts'

const GPU = '@tensorflow/tfjs-node-gpu'
const CPU = '@tensorflow/tfjs-node'

let root = ''
let require = createRequire(import.meta.url)
beforeEach(() => {
  root = openFolder()
  require = createRequire(join(root, 'index.js'))
})

/** A package's folder with these files. */
function install(name: string, files: Readonly<Record<string, string | Buffer>> = {}): void {
  const all = {'package.json': JSON.stringify({name, main: 'index.js'}), ...files}
  for (const [file, content] of Object.entries(all)) {
    const path = join(root, 'node_modules', name, file)
    mkdirSync(dirname(path), {recursive: true})
    writeFileSync(path, content)
  }
}

const ADDON = 'lib/napi-v8/tfjs_binding.node'

test('without a package one is named, and the line that installs and builds it', () => {
  expect(() => findPackage(require)).toThrow(
    `engine tensorflow: ${GPU} is not installed; run: npm install --ignore-scripts ${GPU}@4.22.0 && svft engine install tensorflow`,
  )
})

test('a package that is built goes before one that is not, and the one for GPUs before the other', () => {
  install(CPU, {[ADDON]: elf})
  expect(findPackage(require).name).toBe(CPU)
  install(GPU)
  expect(findPackage(require).name).toBe(CPU)
  install(GPU, {[ADDON]: elf})
  expect(findPackage(require).name).toBe(GPU)
})

test('a package whose own install script did not run is to be built', () => {
  install(GPU)
  expect(() => checkPackage(require)).toThrow(
    `engine tensorflow: ${GPU} is not built yet; run: svft engine install tensorflow`,
  )
})

test.runIf(process.platform === 'linux')('a library that was cut short is found before it ends the process', () => {
  install(GPU, {[ADDON]: elf, 'deps/tensorflow/libtensorflow_cc.so.2': elf.subarray(0, elf.length - 100)})
  expect(() => checkPackage(require)).toThrow(
    `${GPU}: libtensorflow_cc.so.2 is truncated; run: svft engine install tensorflow --force`,
  )
  install(GPU, {'deps/tensorflow/libtensorflow_cc.so.2': 'no library'})
  expect(() => checkPackage(require)).toThrow('libtensorflow_cc.so.2 is truncated')
  install(GPU, {'deps/tensorflow/libtensorflow_cc.so.2': elf})
  expect(checkPackage(require)).toMatchObject({name: GPU})
})

test('a failure to load is one line', () => {
  install(GPU, {[ADDON]: elf, 'index.js': "require('google-protobuf')"})
  expect(() => loadTensorFlow(require)).toThrow(
    /tfjs-node-gpu is not installed completely \(Cannot find module 'google-protobuf'\); run: npm install .*$/,
  )
})

const lost = (message: string) => Object.assign(new Error(message), {code: 'ERR_DLOPEN_FAILED'})
test.each([
  [
    'libtensorflow_cc.so.2: cannot open shared object file: No such file or directory',
    `${GPU} has its addon, but TensorFlow itself is missing; run: svft engine install tensorflow --force`,
  ],
  [
    '/x/tfjs_binding.node: undefined symbol: TF_SessionRun, version tensorflow',
    `${GPU}: its addon does not match its TensorFlow; run: svft engine install tensorflow --force`,
  ],
  [
    'Error relocating /x/libtensorflow.so.2: __memcpy_chk: symbol not found',
    `${GPU} needs glibc; this system has another C library`,
  ],
  [
    "/lib/libc.so.6: version `GLIBC_2.27' not found (required by /x/libtensorflow_cc.so.2)",
    `${GPU} needs a newer C library: /lib/libc.so.6: version \`GLIBC_2.27' not found (required by /x/libtensorflow_cc.so.2)`,
  ],
  [
    '/x/tfjs_binding.node: file too short',
    `${GPU}: its native library is damaged or built for another machine (/x/tfjs_binding.node: file too short); run: svft engine install tensorflow --force`,
  ],
])('%s is explained', (message, expected) => {
  expect(explain(GPU, lost(message))).toBe(expected)
})

test('the environment holds the threads that are asked for', () => {
  expect(tensorFlowEnvironment({threads: 3})).toMatchObject({TF_NUM_INTRAOP_THREADS: '3', TF_CPP_MIN_LOG_LEVEL: '2'})
  expect(tensorFlowEnvironment()).not.toHaveProperty('TF_NUM_INTRAOP_THREADS')
})
