import {expect, test} from 'vitest'
import {crashText} from './probe-engine.ts'

test('an engine that ends its process is installed again, unless the processor is the reason', () => {
  expect(crashText('openvino', {signal: 'SIGBUS', stderr: ''})).toBe(
    'the process ended (SIGBUS, a library is damaged); run: svft engine install openvino',
  )
  expect(crashText('tensorflow', {signal: 'SIGILL', stderr: ''})).toBe(
    'the process ended (SIGILL, the processor lacks an instruction)',
  )
  expect(crashText('onnx', {exitCode: 127, stderr: 'node: symbol lookup error: x\n'})).toBe(
    'the process ended (exit 127): node: symbol lookup error: x',
  )
})
