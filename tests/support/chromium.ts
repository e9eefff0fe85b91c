/** Where a Chromium may be: the one that CHROMIUM names, else the usual places. */
export const CHROMIUMS: readonly string[] = process.env.CHROMIUM
  ? [process.env.CHROMIUM]
  : [
      '/usr/bin/chromium',
      '/usr/bin/chromium-browser',
      '/usr/bin/google-chrome-stable',
      '/usr/bin/google-chrome',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
    ]
