// What fails with words, what is freed, and what stays alive while a step runs.
import {readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {expect, test} from 'vitest'
import {Fault} from '../../src/base/fault.ts'
import {programsFolder} from '../../src/base/folders.ts'
import {koffi} from '../../src/base/native/koffi.ts'
import {loadOpenVino} from '../../src/engine/openvino/c-api.ts'
import {requireOpenVino} from '../../src/engine/openvino/library.ts'
import {openOpenVino} from '../../src/engine/openvino/openvino.ts'
import type {Step, Stored} from '../../src/engine/program.ts'
import {random} from '../../src/tensor/random.ts'
import {type Tensor2D, tf} from '../../src/tensor/tf.ts'
import {normals, stored} from '../models/adapters.ts'
import {run} from '../models/engines.ts'
import {product} from '../models/programs.ts'
import {openFolder} from '../support/cleanup.ts'
import {OPENVINO} from './engine.ts'

const folder = openFolder()
const x = normals([4, 6], random(1))

test('a library that is none, or another one than OpenVINO, is a fault that names it', () => {
  const {library} = requireOpenVino()
  writeFileSync(join(folder, 'none.so'), 'none')
  for (const broken of [join(folder, 'none.so'), join(folder, 'lost.so'), join(dirname(library), 'libtbb.so.12')]) {
    expect(() => loadOpenVino(broken)).toThrow(Fault)
    expect(() => loadOpenVino(broken)).toThrow(`engine openvino: ${broken} cannot be loaded: `)
  }
})

test.each([6, 300])(
  'a %i-column weight in a file that is missing, empty or truncated is a fault that names it',
  async n => {
    const bytes = 4 * n * n
    const at = {file: join(folder, `weights-${n}`), offset: 8, bytes}
    const W: Stored = {dtype: 'float32', shape: [n, n], at}
    const attempt = () => run(OPENVINO, product, {x: normals([4, n], random(1))}, {W})
    await expect(attempt()).rejects.toThrow(new Fault('io', `${at.file}: no such file or folder`))
    writeFileSync(at.file, '')
    await expect(attempt()).rejects.toThrow(Fault)
    await expect(attempt()).rejects.toThrow(at.file)
    writeFileSync(at.file, Buffer.alloc(bytes + 7))
    await expect(attempt()).rejects.toThrow(Fault)
    await expect(attempt()).rejects.toThrow(at.file)
    writeFileSync(at.file, Buffer.alloc(bytes + 8))
    expect((await attempt()).y).toEqual(new Float32Array(4 * n))
  },
)

test('a step that fails on its shapes fails when it is compiled, and the engine goes on', async () => {
  await expect(run(OPENVINO, product, {x}, {W: stored(normals([5, 7], random(1)))})).rejects.toThrow(
    'Incompatible MatMul matrix dimension',
  )
  expect((await run(OPENVINO, product, {x}, {W: stored(normals([5, 6], random(1)))})).y).toHaveLength(20)
})

test('a program that is disposed of leaves no memory behind', async () => {
  const rows = normals([64, 512], random(2))
  const W = {W: stored(normals([512, 512], random(3)))}
  const step: Step = ({x}, {W}) => {
    let y = x
    for (let i = 0; i < 4; i++) y = tf.tanh(tf.matMul(y, W, false, i % 2 === 0))
    return {y}
  }
  for (let i = 0; i < 5; i++) await run(OPENVINO, step, {x: rows}, W)
  const before = process.memoryUsage().rss
  for (let i = 0; i < 30; i++) await run(OPENVINO, step, {x: rows}, W) // 3 MB of packed weights each
  expect((process.memoryUsage().rss - before) / 1e6).toBeLessThan(60)
})

/** A step of 2,000 nodes: its program is cached, and compiling it takes memory. */
const deep: Step = ({x}, {W}) => {
  let y = x
  for (let i = 0; i < 500; i++) y = tf.tanh(tf.add(tf.matMul(y, W), tf.mul(y, i)))
  return {y}
}
const deepWeight = normals([32, 32], random(5))
const deepWeights = {W: stored(deepWeight)}
const deepRows = normals([16, 32], random(6))
const compileDeep = () =>
  OPENVINO.compile(deep, {inputs: {x: {dtype: 'float32', shape: deepRows.shape}}, weights: deepWeights})

test('memory that compiling has freed goes back to the system', async () => {
  const program = await compileDeep()
  await program.run({x: deepRows.data})
  const before = process.memoryUsage().rss
  koffi.load('libc.so.6').func('malloc_trim', 'int', ['size_t'])(0)
  expect((before - process.memoryUsage().rss) / 1e6).toBeLessThan(5)
  await program.dispose()
})

test('compiling a program with a large constant takes few copies of it', async () => {
  const W = {dtype: 'bfloat16', shape: [32768, 1024], at: {data: new Uint8Array(2 * 2 ** 25)}} as const // 67 MB
  const step: Step = ({x}, {W}) => ({y: tf.matMul(x as Tensor2D, W as Tensor2D, false, true)})
  writeFileSync('/proc/self/clear_refs', '5') // the peak of the process's memory starts anew
  const before = process.memoryUsage().rss
  const inputs = {x: {dtype: 'float32', shape: ['B', 1024]}} as const
  const program = await OPENVINO.compile(step, {inputs, weights: {W}, prepack: true})
  const [, peak] = /VmHWM:\s*(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  await program.dispose()
  expect((1024 * Number(peak) - before) / 1e6).toBeLessThan(3 * 67) // in float32, each would take two
})

test('a program from the cache does not depend on its file, which another process may rewrite', async () => {
  const first = await compileDeep()
  const {y} = await first.run({x: deepRows.data})
  await first.dispose()
  const program = await compileDeep()
  expect(readdirSync(programsFolder())).not.toEqual([])
  expect(readFileSync('/proc/self/maps', 'utf8')).not.toContain(programsFolder())
  expect((await program.run({x: deepRows.data})).y).toEqual(y)
  await program.dispose()
})

test('a cached program with a flipped bit is compiled again', async () => {
  const first = await compileDeep()
  const {y} = await first.run({x: deepRows.data})
  await first.dispose()
  const blobs = readdirSync(programsFolder()).filter(name => name.endsWith('.blob'))
  const damaged = blobs.filter(name => {
    const file = join(programsFolder(), name)
    const bytes = readFileSync(file)
    const at = bytes.indexOf(new Uint8Array(deepWeight.data.slice(0, 1).buffer))
    if (at < 0) return false
    bytes[at + 3] ^= 1 // the highest bits of the exponent
    writeFileSync(file, bytes)
    return true
  })
  expect(damaged).not.toEqual([])
  const program = await compileDeep()
  expect((await program.run({x: deepRows.data})).y).toEqual(y)
  await program.dispose()
})

test('timers fire while a step runs', async () => {
  const size = 1024
  const square = normals([size, size], random(4))
  const step: Step = ({x}, {W}) => {
    let y = x
    for (let i = 0; i < 60; i++) y = tf.tanh(tf.matMul(y, W))
    return {y}
  }
  const program = await OPENVINO.compile(step, {
    inputs: {x: {dtype: 'float32', shape: [size, size]}},
    weights: {W: stored({shape: square.shape, data: square.data.map(value => value / 32)})},
  })
  let ticks = 0
  const timer = setInterval(() => ticks++, 10)
  const started = performance.now()
  await program.run({x: square.data})
  clearInterval(timer)
  const elapsed = performance.now() - started
  await program.dispose()
  expect(elapsed).toBeGreaterThan(300)
  expect(ticks).toBeGreaterThan(10)
})

test('threads of the engine may run on every core that the process may', async () => {
  const engine = await openOpenVino({threads: 2})
  const program = await engine.compile(({x}) => ({y: tf.matMul(x, x, false, true)}), {
    inputs: {x: {dtype: 'float32', shape: [4, 6]}},
    weights: {},
  })
  await program.run({x: x.data})
  const allowed = readdirSync('/proc/self/task').map(
    task => /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync(`/proc/self/task/${task}/status`, 'utf8'))?.[1],
  )
  await program.dispose()
  expect(new Set(allowed).size).toBe(1)
})
