"""Every statement of the product. Each names its tenant."""

SIGN_IN = "SELECT id, tenant_id, password_hash FROM users WHERE email = %s"

PROJECTS = """
SELECT p.id, p.name, p.status, u.name AS owner, t.open_tasks, r.faces
FROM (SELECT id, name, status, owner_id, created_at FROM projects
      WHERE tenant_id = %s ORDER BY created_at DESC, id LIMIT 25) p
JOIN users u ON u.id = p.owner_id
CROSS JOIN LATERAL (
    SELECT count(*) AS open_tasks FROM tasks WHERE project_id = p.id AND completed_at IS NULL) t
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(a.name ORDER BY n.created_at DESC, n.id), '{}') AS faces
    FROM (SELECT id, assignee_id, created_at FROM tasks
          WHERE project_id = p.id ORDER BY created_at DESC, id LIMIT 5) n
    JOIN users a ON a.id = n.assignee_id) r
ORDER BY p.created_at DESC, p.id"""

PROJECT_ROWS = """
SELECT id, name, status, owner_id FROM projects WHERE tenant_id = %s ORDER BY created_at DESC, id LIMIT 25"""
USER_NAME = "SELECT name FROM users WHERE tenant_id = %s AND id = %s"
OPEN_TASKS = """
SELECT count(*) AS open_tasks FROM tasks WHERE tenant_id = %s AND project_id = %s AND completed_at IS NULL"""
NEWEST_TASKS = """
SELECT assignee_id FROM tasks WHERE tenant_id = %s AND project_id = %s ORDER BY created_at DESC, id LIMIT 5"""

PROJECT = """
SELECT p.id, p.name, p.status, u.name AS owner FROM projects p JOIN users u ON u.id = p.owner_id
WHERE p.tenant_id = %s AND p.id = %s"""
PROJECT_TASKS = """
SELECT t.id, t.title, t.status, t.priority, t.due_on, u.name AS assignee
FROM tasks t LEFT JOIN users u ON u.id = t.assignee_id
WHERE t.tenant_id = %s AND t.project_id = %s ORDER BY t.created_at DESC, t.id LIMIT 50"""

SEARCH = """
SELECT id, project_id, title, status, due_on FROM tasks
WHERE tenant_id = %s AND title ILIKE %s ORDER BY created_at DESC, id LIMIT 50"""
SEARCH_ALL = SEARCH.removesuffix("LIMIT 50")

CREATE_TASK = """
INSERT INTO tasks (tenant_id, project_id, assignee_id, title, body)
SELECT tenant_id, id, %s, %s, %s FROM projects WHERE tenant_id = %s AND id = %s
RETURNING id, project_id, title, status"""

COMPLETE_TASK = """
WITH done AS (
    UPDATE tasks SET status = 'done', completed_at = coalesce(completed_at, now())
    WHERE tenant_id = %(tenant)s AND id = %(task)s RETURNING id, tenant_id, title),
audit AS (
    INSERT INTO audit_events (tenant_id, user_id, action, subject)
    SELECT tenant_id, %(user)s, 'task.completed', 'task ' || id FROM done)
SELECT done.id, done.title, users.email FROM done JOIN users ON users.id = %(user)s"""

INVOICES = """
SELECT id, number, customer, status, issued_at, total_cents, mailed_at FROM invoices
WHERE tenant_id = %s ORDER BY issued_at DESC, id LIMIT 50"""
INVOICE_TOTALS = """
SELECT invoice_id, sum(quantity * unit_cents)::bigint AS net_cents FROM invoice_lines
WHERE tenant_id = %s AND invoice_id = ANY(%s) GROUP BY 1"""

CREATE_INVOICE = """
WITH invoice AS (
    INSERT INTO invoices (tenant_id, number, customer, total_cents)
    VALUES (%(tenant)s, %(number)s, %(customer)s, %(total)s) RETURNING id, tenant_id),
lines AS (
    INSERT INTO invoice_lines (tenant_id, invoice_id, description, quantity, unit_cents)
    SELECT invoice.tenant_id, invoice.id, line.* FROM invoice,
           unnest(%(descriptions)s::text[], %(quantities)s::integer[], %(prices)s::bigint[]) AS line),
audit AS (
    INSERT INTO audit_events (tenant_id, user_id, action, subject)
    SELECT tenant_id, %(user)s, 'invoice.created', 'invoice ' || id FROM invoice)
SELECT invoice.id, users.email FROM invoice JOIN users ON users.id = %(user)s"""
INVOICE_MAILED = "UPDATE invoices SET mailed_at = now() WHERE tenant_id = %s AND id = %s"

BURN_DOWN = """
SELECT day::date AS day, count(t.id) AS open, count(t.id) FILTER (WHERE t.due_on < day) AS overdue
FROM generate_series(current_date - 364, current_date, interval '1 day') AS day
LEFT JOIN tasks t ON t.tenant_id = %s AND t.created_at <= day AND (t.completed_at IS NULL OR t.completed_at > day)
GROUP BY 1 ORDER BY 1"""
REVENUE = """
SELECT day::date AS day, sum(coalesce(sum(i.total_cents), 0)) OVER (ORDER BY day)::bigint AS cents
FROM generate_series(current_date - 364, current_date, interval '1 day') AS day
LEFT JOIN invoices i ON i.tenant_id = %s AND i.issued_at >= day AND i.issued_at < day + interval '1 day'
GROUP BY day ORDER BY day"""
ACTIVITY = """
SELECT u.id, u.name, count(a.id) AS events, count(DISTINCT a.created_at::date) AS days
FROM audit_events a JOIN users u ON u.id = a.user_id
WHERE a.tenant_id = %s AND a.created_at >= current_date - 90 GROUP BY u.id ORDER BY events DESC, u.id LIMIT 20"""

EXPORT = """
SELECT t.tenant_id AS tenant, t.id, t.title, t.status, t.priority, t.created_at, t.due_on, t.completed_at,
       p.name AS project
FROM tasks t JOIN projects p ON p.id = t.project_id
WHERE t.tenant_id = %s ORDER BY t.created_at DESC, t.id LIMIT 1000"""
AUDIT = """
SELECT a.id, a.action, a.subject, a.created_at, u.name AS user FROM audit_events a LEFT JOIN users u ON u.id = a.user_id
WHERE a.tenant_id = %s AND a.created_at < coalesce(%s::timestamptz, 'infinity')
ORDER BY a.created_at DESC, a.id LIMIT 50"""

DUE = """
SELECT id, project_id, title, priority, remind_on FROM tasks
WHERE tenant_id = %s AND remind_on <= current_date AND completed_at IS NULL
ORDER BY priority, remind_on, id LIMIT 50"""
TURNAROUND = """
SELECT count(*) AS tasks, percentile_disc(0.5) WITHIN GROUP (ORDER BY completed_at::date - created_at::date) AS days
FROM tasks WHERE tenant_id = %s AND completed_at::date BETWEEN %s AND %s"""
TURNAROUND_OF_ALL = """
SELECT count(*) AS tasks, percentile_disc(0.5) WITHIN GROUP (ORDER BY completed_at::date - created_at::date) AS days
FROM tasks WHERE completed_at::date BETWEEN %s AND %s"""
TURNAROUND_BY_DAY = """
SELECT total::bigint AS tasks, days FROM (
    SELECT days, sum(sum(tasks)) OVER (ORDER BY days) AS up_to, sum(sum(tasks)) OVER () AS total
    FROM turnaround_by_day WHERE day BETWEEN %s AND %s GROUP BY days) d
WHERE up_to >= total / 2.0 ORDER BY days LIMIT 1"""
