// axios as it comes, with the proxy that the environment names; it trusts whom Node trusts.
import axios from 'axios'

const headers = { 'approov-token': process.env.LAB_TOKEN }
const { data } = await axios.get(process.env.LAB_URL, { headers, responseType: 'text' })
process.stdout.write(data)
