// What the tests of hostile texts do in a page: they find its forms, send them, and look at what is answered.
(() => {
  const TEXTS = "input:not([type]), [type=text], [type=email], [type=url], [type=search], [type=tel], " +
    "[type=password], [type=number], [type=date], [type=month], [type=hidden][name=next], textarea"

  const fieldsOf = form => [...form.querySelectorAll(TEXTS)].filter(one => one.name)

  // A field may be called `action` or `method`, and then is what a form has by this name.
  const pathOf = form => form.getAttribute("action") || location.pathname + location.search

  const methodOf = form => (form.getAttribute("method") || "get").toLowerCase()

  const formsOf = () => [...document.forms].filter(one => !pathOf(one).endsWith("/theme") && fieldsOf(one).length)

  // A POST must be refused, so that nothing is done: its texts are longer than the fields take.
  const grown = (field, text, isPost) => {
    const most = field.maxLength > 0 ? field.maxLength : 4000
    return isPost && field.type !== "hidden" ? text.repeat(Math.ceil((most + 1) / [...text].length)) : text
  }

  const filled = (form, texts) => {
    const data = new FormData(form)
    fieldsOf(form).forEach((field, at) =>
      data.set(field.name, grown(field, texts[at % texts.length], methodOf(form) === "post")))
    return new URLSearchParams(data)
  }

  const hasRun = ({name, value}) => name.startsWith("on") || name === "style" || name === "srcdoc" ||
    /^(data-)?hx-(on|vals|headers|vars)/.test(name) ||
    (/^(data-)?hx-(get|post|put|patch|delete)$|^(src|action|formaction|data|background)$/.test(name) && !/^\/(?!\/)|^$/.test(value)) ||
    (/href$/.test(name) && !/^(\/(?!\/)|#|\?|mailto:|https:\/\/)/.test(value))

  // What stands in an answer as more than a text; the parser is the browser's, and nothing of it is run.
  const foundIn = html => {
    const page = new DOMParser().parseFromString(html, "text/html"), found = []
    for (const one of page.querySelectorAll("*")) {
      const is = one.localName
      if (/^(iframe|object|embed|base|math|marquee|plaintext|style|video|audio|frame|animate|foreignobject)$/i.test(is)) found.push(one.outerHTML)
      if (is === "script" && !(one.getAttribute("src") || "").startsWith("/console/static/")) found.push(one.outerHTML)
      if (is === "meta" && one.httpEquiv.toLowerCase() === "refresh" && !/^\d+$/.test(one.content)) found.push(one.outerHTML)
      for (const attribute of one.attributes) if (hasRun(attribute)) found.push(`${is} ${attribute.name}=${attribute.value}`)
    }
    return found.map(one => one.slice(0, 300))
  }

  window.hostile = {
    forms: () => formsOf().map(one => ({method: methodOf(one), fields: fieldsOf(one).map(field => field.name)})),
    // Sends a form once for each row of texts, and returns what is wrong with the answers, and how many were refused.
    send: async ({nth, rows}) => {
      const form = formsOf()[nth], wrong = []
      const path = pathOf(form)
      let refused = 0
      for (const texts of rows) {
        const body = filled(form, texts)
        const answer = methodOf(form) === "post"
          ? await fetch(path, {method: "POST", body})
          : await fetch(`${path.split("?")[0]}?${body}`)
        const html = await answer.text()
        if (answer.status >= 400) refused += 1
        if (answer.status >= 500) wrong.push(`${answer.status} for ${JSON.stringify(texts)}`)
        wrong.push(...foundIn(html).map(one => `${one} for ${JSON.stringify(texts)}`))
      }
      return {wrong, refused}
    },
    // Fills a form and lets the browser go where it leads.
    submit: ({nth, texts}) => {
      const form = formsOf()[nth]
      fieldsOf(form).forEach((field, at) => {
        field.type = field.localName === "input" && field.type !== "hidden" ? "text" : field.type
        field.value = grown(field, texts[at % texts.length], methodOf(form) === "post")
      })
      HTMLFormElement.prototype.submit.call(form)
    },
    // Gives a file to a page that asks for one; returns what is wrong with the answer, its status and where it is.
    give: async ({name, content}) => {
      const form = document.querySelector("form[enctype='multipart/form-data']"), data = new FormData(form)
      data.set("file", new File([content], name))
      const answer = await fetch(pathOf(form), {method: "POST", body: data})
      return {wrong: foundIn(await answer.text()), status: answer.status, path: new URL(answer.url).pathname}
    },
    foundIn,
    here: () => foundIn(document.documentElement.outerHTML),
  }
})()
