-- Spreads Milepost's tables over the nodes of a Citus cluster, by organization. Citus 14, on PostgreSQL 18
-- (Milepost needs its `uuidv7()`, and Citus 13 ends at 17).
-- docs/scaling.md says when it pays, what it was tried on, and what is left to do.
--
-- Once, on every node, in postgresql.conf:
--
--     shared_preload_libraries = 'citus'
--     citus.propagate_set_commands = 'local'             -- workers learn `SET LOCAL app.current_org` too
--     citus.enable_unsafe_triggers = on                  -- ours touch rows of the same organization only
--     citus.allow_nested_distributed_execution = on      -- and read reference tables while they do
--     max_prepared_transactions = 200                    -- commits over several nodes have two phases
--     max_locks_per_transaction = 512                    -- a statement over all organizations locks each shard
--
-- and in pg_hba.conf a way for the nodes to connect to each other as app_owner, app_system, app_web, app_jobs and
-- app_analyst (Citus connects as the role that runs a statement), by certificate, from nodes' addresses only. The first two
-- have no password, so nobody else can log in as they.
--
-- Then, on the coordinator, whose database is to be named by DATABASE_URL:
--
--     CREATE EXTENSION citus;                            -- on the workers too, in a database of the same name
--     SELECT citus_set_coordinator_host('the coordinator''s address');
--     SELECT citus_add_node('a worker''s address', 5432);
--     manage.py prepare
--     psql -X -v ON_ERROR_STOP=1 -f deploy/citus.sql     -- as a superuser, while nobody uses the database
--
-- Run it again after each `manage.py prepare`: it places what is new and changes nothing else. If it stops half-way, mend what
-- it says and run it again: the foreign keys that it took away wait in `citus_move.foreign_keys`.
--
-- For the tests' sake a blank line ends a statement, and stands nowhere else.

-- 1. Is everything there?
DO $$
DECLARE
    v_setting text;
    v_wanted text;
BEGIN
    IF to_regproc('create_distributed_table') IS NULL OR to_regclass('pg_dist_partition') IS NULL THEN
        RAISE EXCEPTION 'this database has no Citus' USING HINT = 'Run CREATE EXTENSION citus, here and on every worker.';
    END IF;
    FOR v_setting, v_wanted IN VALUES
        ('citus.propagate_set_commands', 'local'),
        ('citus.enable_unsafe_triggers', 'on'),
        ('citus.allow_nested_distributed_execution', 'on') LOOP
        IF current_setting(v_setting, true) IS DISTINCT FROM v_wanted THEN
            RAISE EXCEPTION '% must be %', v_setting, v_wanted USING HINT = 'Set it in postgresql.conf of every node.';
        END IF;
    END LOOP;
    -- The tests have no Citus, and roles are the whole server's: they leave these two as they are.
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') THEN
        ALTER ROLE app_owner LOGIN;
        ALTER ROLE app_system LOGIN;
    END IF;
END $$;

-- What this file makes for itself stays on the coordinator.
SET citus.enable_ddl_propagation = off;

CREATE SCHEMA IF NOT EXISTS citus_move;

CREATE TABLE IF NOT EXISTS citus_move.foreign_keys (
    relation regclass NOT NULL,
    name name NOT NULL,
    target regclass NOT NULL,
    definition text NOT NULL,
    PRIMARY KEY (relation, name)
);

-- 2. Where does each table go?
--
-- `reference`: a copy on each node. Small, read everywhere, and written seldom enough for a commit in two phases.
CREATE TEMP TABLE whole AS SELECT name::regclass AS relation, why FROM (VALUES
    ('accounts_user', 'a person is in several organizations; e-mail addresses are unique'),
    ('accounts_organization', 'every table refers to it; triggers and functions ask it for clock and closing'),
    ('accounts_installation', 'asked by the trigger on accounts_organization'),
    ('accounts_membership', 'asked before the organization is known'),
    ('accounts_department', 'memberships and invitations refer to it'),
    ('accounts_invitation', 'asked by its secret, before the organization is known'),
    ('accounts_apikey', 'asked by its secret, before the organization is known'),
    ('quests_calendar_feed', 'asked by its secret, before the organization is known'),
    ('marketplace_customer', 'one customer of Stripe belongs to one organization'),
    ('marketplace_paidsubscription', 'one subscription at Stripe belongs to one organization'),
    ('marketplace_order', 'payments and gifts refer to it'),
    ('marketplace_payment', 'a payment at Stripe counts once, in whatever organization'),
    ('marketplace_invoice', 'an invoice at Stripe is of one sale, in whatever organization'),
    ('marketplace_credit_note', 'as invoices'),
    ('marketplace_gift', 'asked by its secret, before the organization is known'),
    ('plans_price_book', 'everybody''s prices, asked by triggers'),
    ('plans_plan', 'part of a price book'),
    ('plans_plan_feature', 'part of a price book'),
    ('plans_limit', 'part of a price book'),
    ('plans_operation_price', 'part of a price book'),
    ('plans_pack', 'part of a price book'),
    ('plans_rollout', 'read beside the price book')
) AS listed (name, why);

CREATE TEMP VIEW moved AS
SELECT logicalrelid AS relation FROM pg_dist_partition WHERE partmethod = 'h' OR partmethod = 'n' AND repmodel = 't';

-- `distributed`: the other tables whose rows all belong to an organization. `local`: what is left, on the coordinator.
CREATE TEMP TABLE placements AS
SELECT c.oid::regclass AS relation,
    CASE
        WHEN c.oid IN (SELECT relation FROM whole) THEN 'reference'
        WHEN a.attnotnull THEN 'distributed'
        ELSE 'local'
    END AS placement,
    c.oid IN (SELECT relation FROM moved) AS is_there
FROM pg_class c
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organization_id' AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition;

CREATE TEMP VIEW pending AS SELECT relation, placement FROM placements WHERE placement <> 'local' AND NOT is_there;

-- 3. Foreign keys of and to what moves are taken away, to be made again in step 7, when both sides are where they belong.
INSERT INTO citus_move.foreign_keys
SELECT conrelid, conname, confrelid, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'f' AND conparentid = 0
    AND (conrelid IN (SELECT relation FROM pending) OR confrelid IN (SELECT relation FROM pending))
ON CONFLICT (relation, name) DO NOTHING;

DO $$
DECLARE
    v_key record;
BEGIN
    FOR v_key IN SELECT f.* FROM citus_move.foreign_keys f
        JOIN pg_constraint c ON c.conrelid = f.relation AND c.conname = f.name AND c.contype = 'f' LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', v_key.relation, v_key.name);
    END LOOP;
END $$;

-- 4. Policies: workers cannot run the sub-select, which is there so that the setting is read once a statement and not once a row.
-- ALTER keeps each policy's roles, and the comment by which `/readyz` knows it.
DO $$
DECLARE
    v_policy record;
    v_condition text;
BEGIN
    FOR v_policy IN SELECT format('%I.%I', schemaname, tablename)::regclass AS relation, policyname, with_check
        FROM pg_policies WHERE qual LIKE '%SELECT%app.current_org%' LOOP
        v_condition := format('(%I = nullif(current_setting(''app.current_org'', true), '''')::uuid)',
            CASE WHEN v_policy.relation = 'accounts_organization'::regclass THEN 'id' ELSE 'organization_id' END);
        EXECUTE format('ALTER POLICY %I ON %s USING %s', v_policy.policyname, v_policy.relation, v_condition)
            || CASE WHEN v_policy.with_check IS NOT NULL THEN ' WITH CHECK ' || v_condition ELSE '' END;
    END LOOP;
END $$;

-- 5. Keys of distributed tables contain the organization. An id is made at random, and so stays unique among all of them.
-- One more is unique by another's id, and that within one organization. Any other key that names no organization stops this file:
-- its table belongs into the list of step 2, or its key needs the organization.
CREATE TEMP VIEW keys AS
SELECT i.indrelid::regclass AS relation, c.conname AS name, i.indexrelid::regclass AS index, i.indisprimary AS is_primary,
    'organization_id' = ANY (named.columns) AS names_organization, named.columns
FROM pg_index i
LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x')
CROSS JOIN LATERAL (
    SELECT array_agg(a.attname::text ORDER BY k.place) AS columns
    FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attribute, place)
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attribute
) AS named
WHERE i.indisunique AND i.indrelid IN (SELECT relation FROM placements WHERE placement = 'distributed');

SET citus.enable_ddl_propagation = on;

DO $$
DECLARE
    v_key record;
BEGIN
    FOR v_key IN SELECT * FROM keys WHERE NOT names_organization ORDER BY relation::text, name LOOP
        IF v_key.is_primary AND v_key.columns = '{id}' THEN
            EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', v_key.relation, v_key.name);
            EXECUTE (SELECT coalesce(string_agg(format('ALTER TABLE %s DROP CONSTRAINT %I', relation, name), '; '), 'SELECT')
                FROM keys WHERE relation = v_key.relation AND columns = '{organization_id,id}' AND name IS NOT NULL);
            EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I PRIMARY KEY (organization_id, id)', v_key.relation, v_key.name);
        ELSIF (v_key.relation::text, v_key.columns) IN (('marketplace_overage_use', ARRAY['entry_id'])) THEN
            EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', v_key.relation, v_key.name);
            EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I UNIQUE (organization_id, entry_id)', v_key.relation, v_key.name);
        ELSE
            RAISE EXCEPTION 'the key % of % names no organization', v_key.index, v_key.relation
                USING HINT = 'Say in step 2 of deploy/citus.sql why each node has the whole, or give the key its organization.';
        END IF;
    END LOOP;
END $$;

-- 6. Move. Each table in a transaction of its own: all of them at once would need a lock for each of some thousand shards.
SET citus.shard_count = 64;

DO $$
DECLARE
    v_relation regclass;
BEGIN
    FOR v_relation IN SELECT relation FROM pending WHERE placement = 'reference' ORDER BY relation::text LOOP
        PERFORM create_reference_table(v_relation);
        COMMIT;
    END LOOP;
    -- Rows of one organization are on one node, whatever the table: the others go where its account is.
    FOR v_relation IN SELECT relation FROM pending WHERE placement = 'distributed'
        ORDER BY relation::text <> 'tokens_account', relation::text LOOP
        IF v_relation::text = 'tokens_account' THEN
            PERFORM create_distributed_table(v_relation, 'organization_id', colocate_with => 'none');
        ELSE
            PERFORM create_distributed_table(v_relation, 'organization_id', colocate_with => 'tokens_account');
        END IF;
        COMMIT;
    END LOOP;
END $$;

-- Triggers run on the workers, which have the triggers' functions by now, and need what these call.
DO $$
DECLARE
    v_function regprocedure;
BEGIN
    FOR v_function IN
        WITH RECURSIVE ours AS (
            SELECT oid, proname, prosrc FROM pg_proc
            WHERE pronamespace = 'public'::regnamespace AND proowner = 'app_owner'::regrole
        ), needed AS (
            SELECT ours.* FROM ours WHERE oid IN (
                SELECT tgfoid FROM pg_trigger WHERE tgrelid IN (SELECT relation FROM placements WHERE placement <> 'local'))
            UNION
            SELECT ours.* FROM ours JOIN needed ON needed.prosrc ~ ('\m' || ours.proname || '\M')
        )
        SELECT oid::regprocedure FROM needed ORDER BY 1::text LOOP
        PERFORM create_distributed_function(v_function);
        COMMIT;
    END LOOP;
END $$;

-- 7. Foreign keys again. One between distributed tables names the organization (they all do); one to a table that each node has
-- may name the id alone.
DO $$
DECLARE
    v_key record;
    v_from text;
    v_to text;
BEGIN
    FOR v_key IN SELECT * FROM citus_move.foreign_keys ORDER BY relation::text, name LOOP
        v_from := (SELECT placement FROM placements WHERE relation = v_key.relation);
        v_to := (SELECT placement FROM placements WHERE relation = v_key.target);
        IF v_to = 'distributed' AND v_from <> 'distributed' OR v_to = 'local' AND v_from <> 'local'
            OR v_to = 'distributed' AND v_key.definition NOT LIKE 'FOREIGN KEY (organization_id, %' THEN
            RAISE EXCEPTION '% of % (%) cannot refer to % (%)', v_key.name, v_key.relation, v_from, v_key.target, v_to
                USING HINT = 'Place both alike in step 2 of deploy/citus.sql, or put the organization into the reference.';
        END IF;
        EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', v_key.relation, v_key.name, v_key.definition);
        DELETE FROM citus_move.foreign_keys WHERE relation = v_key.relation AND name = v_key.name;
        COMMIT;
    END LOOP;
END $$;

-- 8. Rights, one table at a time, since Citus takes no more in one statement; those on columns too, which Citus knows since 13.1.
DO $$
DECLARE
    v_right record;
BEGIN
    FOR v_right IN
        SELECT p.relation, r.rolname, string_agg(a.privilege_type, ', ') AS rights
        FROM placements p JOIN pg_class c ON c.oid = p.relation
        CROSS JOIN aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee
        WHERE p.placement <> 'local' AND a.grantee <> c.relowner
        GROUP BY p.relation, r.rolname
        UNION ALL
        SELECT p.relation, r.rolname, format('%s (%s)', a.privilege_type, string_agg(quote_ident(c.attname), ', '))
        FROM placements p JOIN pg_attribute c ON c.attrelid = p.relation AND NOT c.attisdropped
        CROSS JOIN aclexplode(c.attacl) a JOIN pg_roles r ON r.oid = a.grantee
        WHERE p.placement <> 'local'
        GROUP BY p.relation, r.rolname, a.privilege_type
        ORDER BY 1, 2 LOOP
        EXECUTE format('GRANT %s ON TABLE %s TO %I', v_right.rights, v_right.relation, v_right.rolname);
    END LOOP;
END $$;

-- 9. Is everything where it belongs?
DO $$
BEGIN
    IF EXISTS (SELECT FROM citus_move.foreign_keys) OR EXISTS (SELECT FROM keys WHERE NOT names_organization)
        OR EXISTS (SELECT FROM placements p WHERE placement <> 'local'
            AND NOT EXISTS (SELECT FROM moved WHERE moved.relation = p.relation)) THEN
        RAISE EXCEPTION 'something was left behind' USING HINT = 'Run deploy/citus.sql again.';
    END IF;
    DROP SCHEMA citus_move CASCADE;
END $$;

ANALYZE;

SELECT placement, count(*), string_agg(relation::text, ', ' ORDER BY relation::text) AS tables FROM placements GROUP BY placement;
