/** A pause that `ring` cuts short, also when it rings before the pause begins. */
export interface Alarm {
  ring(): void
  pause(ms: number): Promise<void>
}

export function openAlarm(): Alarm {
  let isRung = false
  let wake = () => {}
  return {
    ring() {
      isRung = true
      wake()
    },
    async pause(ms) {
      if (!isRung) {
        await new Promise<void>(resolve => {
          const timer = setTimeout(resolve, ms)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      isRung = false
    },
  }
}
