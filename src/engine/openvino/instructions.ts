import {processorFlags} from '../../base/processor.ts'

/** The processor's instructions for bfloat16 that OpenVINO uses: `avx512_bf16`, `amx_bf16`, both or neither. */
export function bf16Instructions(flags: ReadonlySet<string> = processorFlags()): readonly string[] {
  return INSTRUCTIONS.filter(({needs}) => needs.every(flag => flags.has(flag))).map(({name}) => name)
}

const INSTRUCTIONS = [
  {name: 'avx512_bf16', needs: ['avx512f', 'avx512_bf16']},
  {name: 'amx_bf16', needs: ['avx512f', 'amx_tile', 'amx_bf16']},
] as const
