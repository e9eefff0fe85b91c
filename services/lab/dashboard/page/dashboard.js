// Keeps the page up to date. All that is inserted has been made by the server, with everything in it escaped.
/* global Idiomorph, filter */
const find = (id) => document.getElementById(id)
const { position, query } = document.body.dataset
const dialog = find('play')

function morph(id, text) {
  Idiomorph.morph(find(id), text, { morphStyle: 'innerHTML' })
}

const events = new EventSource(`/events?${query}&after=${position}`)
for (const id of ['victim', 'road', 'attacker', 'battery']) {
  events.addEventListener(id, ({ data }) => morph(id, data))
}
events.addEventListener('state', ({ data }) => {
  document.body.dataset.state = data
})
// The server may have come back with nothing of what is shown here.
events.addEventListener('error', () => document.body.classList.add('alone'))
events.addEventListener('open', () => document.body.classList.remove('alone'))

let places
let loading

/** Where each play stands in the matrix. */
function placesIn(matrix) {
  const columns = [...matrix.querySelectorAll('thead th[data-column] .id')].map((head) => head.textContent)
  const cells = new Map()
  for (const row of matrix.querySelectorAll('tr[data-attack]')) {
    const attack = row.querySelector('th .id').textContent
    for (const cell of row.querySelectorAll('td')) {
      cells.set(`${attack} ${columns[Number(cell.dataset.column)]}`, {
        cell,
        attack,
        client: columns[Number(cell.dataset.column)],
      })
    }
  }
  return cells
}

async function loadMatrix() {
  const answer = await fetch('/matrix')
  if (!answer.ok) return
  find('matrix').innerHTML = await answer.text()
  places = undefined
  filter()
}

if (find('matrix').hasAttribute('data-later')) loading = loadMatrix()
events.addEventListener('matrix', () => {
  loading = loadMatrix()
})
events.addEventListener('cells', async ({ data }) => {
  // What comes while the matrix is being fetched belongs into the one that is coming.
  await loading
  places ??= placesIn(find('matrix'))
  const template = document.createElement('template')
  for (const [attack, client, text] of JSON.parse(data)) {
    const place = places.get(`${attack} ${client}`)
    if (!place) continue
    template.innerHTML = text
    const cell = template.content.firstElementChild
    place.cell.replaceWith(cell)
    place.cell = cell
  }
  filter()
})

async function openEvidence(address) {
  const answer = await fetch(address)
  if (!answer.ok) return
  find('play-content').innerHTML = await answer.text()
  dialog.showModal()
  dialog.scrollTop = 0
}

document.addEventListener('click', async ({ target }) => {
  if (target === dialog) dialog.close()
  else if (target.closest('[data-evidence]')) await openEvidence(`/evidence?${query}`)
  else if (target.closest('[data-copy]')) await copy(target.closest('[data-copy]'))
  else if (target.closest('#matrix [data-play]')) await openPlay(target.closest('td'))
})

async function openPlay(cell) {
  places = placesIn(find('matrix'))
  const { attack, client } = [...places.values()].find((place) => place.cell === cell)
  await openEvidence(`/evidence/${encodeURIComponent(attack)}/${encodeURIComponent(client)}`)
}

async function copy(button) {
  await navigator.clipboard.writeText(find(button.dataset.copy).textContent)
  button.textContent = 'copied'
}

// A form that asks for something to be done is sent without leaving the page: what comes of it is told by the events.
document.addEventListener('submit', (event) => {
  const form = event.target
  if (form.method !== 'post') return
  event.preventDefault()
  fetch(form.action, { method: 'POST', headers: { accept: 'application/json' } })
})

const scene = find('scene')
scene.addEventListener('change', () => {
  location.search = new URLSearchParams(new FormData(scene)).toString()
})

// A link to a scene that nobody has played yet shows it being played.
if (document.body.dataset.state === 'new')
  fetch(find('again').action, { method: 'POST', headers: { accept: 'application/json' } })
