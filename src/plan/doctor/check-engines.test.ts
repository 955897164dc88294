import {expect, test} from 'vitest'
import {diagnoseEngine} from './check-engines.ts'
import {engineListText} from './engine-list-text.ts'
import {doctorText} from './examine.ts'

const TENSORFLOW = {kind: 'tensorflow', name: 'tensorflow', engine: 'tensorflow', precision: 'float32'} as const
const OPENVINO = {
  kind: 'openvino',
  name: 'openvino',
  engine: 'openvino',
  device: 'cpu',
  precision: 'bfloat16',
} as const

test('the message of an engine is separate from its advice', () => {
  const message = 'engine tensorflow: the package is not installed; run: svft engine install tensorflow'
  const check = diagnoseEngine(TENSORFLOW, {works: false, seconds: 0.1, message, absent: true})
  expect(check).toMatchObject({
    status: 'absent',
    message: 'the package is not installed',
    remedy: 'run: svft engine install tensorflow',
  })
  const broken = diagnoseEngine(TENSORFLOW, {works: false, seconds: 0.1, message: 'the process ended (SIGBUS)'})
  expect(broken).toMatchObject({status: 'wrong', message: 'the process ended (SIGBUS)'})
  const works = diagnoseEngine(TENSORFLOW, {works: true, seconds: 1.04, version: '2.15.1', device: 'cpu'})
  expect(doctorText([check, works])).toBe(
    [
      '–       tensorflow  the package is not installed',
      '                  → run: svft engine install tensorflow',
      'ok      tensorflow  works, 2.15.1 on the CPU',
    ].join('\n'),
  )
})

test('an engine is absent or wrong as its probe has found, whatever the message', () => {
  const message = 'engine openvino: this processor (x) has no instructions for bfloat16; choose engine: onnx'
  for (const [absent, status] of [[true, 'absent'] as const, [false, 'wrong'] as const]) {
    const check = diagnoseEngine(OPENVINO, {works: false, seconds: 0, message, absent})
    expect(check).toMatchObject({status, remedy: 'choose engine: onnx'})
  }
})

test('the rate of bfloat16 is compared with float32, and no gain is reported', () => {
  const probe = {works: true, seconds: 1, version: '2026.4.1', device: 'cpu'}
  const fast = diagnoseEngine(OPENVINO, {...probe, flopsPerSecond: 1.84e12}, 2.64e11)
  expect(fast.message).toBe('works, 2026.4.1, 1840 GFLOP/s in bfloat16, 7.0 × float32')
  const slow = diagnoseEngine(OPENVINO, {...probe, flopsPerSecond: 6.14e10}, 6e10)
  expect(slow.message).toBe(
    'works, 2026.4.1, 61 GFLOP/s in bfloat16; bfloat16 is not faster on this processor; it only halves memory',
  )
  expect(slow.found).toMatchObject({flopsPerSecond: 6.14e10})
})

test('the list of engines has a line for each, and below it what to do', () => {
  const onnx = {kind: 'onnx', name: 'onnxruntime cpu', engine: 'onnx', device: 'cpu', precision: 'float32'} as const
  const message = 'engine openvino: OpenVINO is not installed; run: svft engine install openvino'
  const text = engineListText([
    diagnoseEngine(onnx, {works: true, seconds: 1, version: '1.30.0', flopsPerSecond: 2.64e11}),
    diagnoseEngine(OPENVINO, {works: false, seconds: 0, message, absent: true}),
    diagnoseEngine(TENSORFLOW, {works: true, seconds: 1, version: '2.15.1', device: 'cuda', flopsPerSecond: 9.9e12}),
  ])
  expect(text).toMatchInlineSnapshot(`
    "engine      device  precision  on this machine
    onnx        cpu     float32    works, 1.30.0, 264 GFLOP/s in float32
    openvino    cpu     bfloat16   OpenVINO is not installed
                                   → run: svft engine install openvino
    tensorflow  –       float32    works, 2.15.1 on the GPU, 9900 GFLOP/s in float32"
  `)
})
