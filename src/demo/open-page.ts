import {execa} from 'execa'

/** Opens a page in the user's browser if this machine has a display, and does not wait for it. */
export function openPage(page: string): void {
  const {platform, env} = process
  const hasDisplay = platform === 'darwin' || env.DISPLAY !== undefined || env.WAYLAND_DISPLAY !== undefined
  if (!hasDisplay) return
  const opened = execa(platform === 'darwin' ? 'open' : 'xdg-open', [page], {
    detached: true,
    stdio: 'ignore',
    reject: false,
    cleanup: false,
  })
  opened.unref()
}
