import {readFileSync} from 'node:fs'

/** The instruction sets of the processor by Linux' names (`avx2`, `amx_bf16`), from the text of /proc/cpuinfo. */
export function processorFlags(cpuinfo = readCpuinfo()): ReadonlySet<string> {
  const [, flags = ''] = /^flags\s*:(.*)$/m.exec(cpuinfo) ?? []
  return new Set(flags.trim().split(/\s+/))
}

function readCpuinfo(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8')
  } catch {
    return '' // another system than Linux
  }
}
