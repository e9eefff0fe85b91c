// Trusts whom Node trusts: NODE_EXTRA_CA_CERTS beside the authorities that it brings. A proxy is for NODE_USE_ENV_PROXY=1.
const headers = { 'approov-token': process.env.LAB_TOKEN }
const answer = await fetch(process.env.LAB_URL, { headers })
if (!answer.ok) throw new Error(`HTTP ${answer.status}`)
process.stdout.write(await answer.text())
