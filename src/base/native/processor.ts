import {readSystemFile} from './system-file.ts'

/** The instruction sets of the processor by Linux' names (`avx2`, `amx_bf16`), from the text of /proc/cpuinfo. */
export function processorFlags(cpuinfo = readSystemFile('/proc/cpuinfo')): ReadonlySet<string> {
  const [, flags = ''] = /^flags\s*:(.*)$/m.exec(cpuinfo) ?? []
  return new Set(flags.trim().split(/\s+/))
}
