import {cpus} from 'node:os'
import {Fault} from '../../base/fault.ts'
import {processorFlags} from '../../base/native/processor.ts'

/** The processor's instructions for bfloat16 that OpenVINO uses: `avx512_bf16`, `amx_bf16`, both or neither. */
export function bf16Instructions(flags: ReadonlySet<string> = processorFlags()): readonly string[] {
  return INSTRUCTIONS.filter(({needs}) => needs.every(flag => flags.has(flag))).map(({name}) => name)
}

const INSTRUCTIONS = [
  {name: 'avx512_bf16', needs: ['avx512f', 'avx512_bf16']},
  {name: 'amx_bf16', needs: ['avx512f', 'amx_tile', 'amx_bf16']},
] as const

/** @throws Fault 'failed' if the processor has no instructions for bfloat16: OpenVINO would compute in float32 */
export function requireBf16(flags?: ReadonlySet<string>): void {
  if (bf16Instructions(flags).length > 0) return
  throw new Fault(
    'failed',
    `engine openvino: this processor (${cpus()[0]?.model ?? 'unknown'}) has no instructions for bfloat16, neither ` +
      'avx512_bf16 nor amx_bf16; choose engine: onnx',
    {absent: true},
  )
}
