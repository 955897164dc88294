import {join} from 'node:path'
import {z} from 'zod'
import {parseObject} from '../../base/json.ts'
import {readText} from '../../base/read-text.ts'

/** The processor and operating system in a run's environment.json; undefined without it. @throws Fault where it is damaged */
export async function readMachine(folder: string): Promise<string | undefined> {
  const file = join(folder, 'environment.json')
  const text = await readText(file)
  const {data} = Machine.safeParse(text === undefined ? undefined : parseObject(text, file))
  return data && `${data.cpu.trim()} (${data.platform})`
}

const Machine = z.object({cpu: z.string(), platform: z.string()})
