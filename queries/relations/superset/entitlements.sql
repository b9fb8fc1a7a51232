-- What each role may do at the read point; names of datasets and databases end with (id:N). In words where it is known:
-- first a permission by itself, then one on a view, then what a verb does to a kind of thing. The rest is left as stored.
WITH by_permission AS (
    SELECT *
    FROM (VALUES
        ('all_datasource_access', 'read every dataset', 'data'),
        ('all_database_access', 'read everything in every database', 'data'),
        ('all_query_access', 'see the SQL Lab statements of everybody', 'data'),
        ('database_access', 'read everything in database ', 'data'),
        ('catalog_access', 'read everything in catalog ', 'data'),
        ('schema_access', 'read everything in schema ', 'data'),
        ('datasource_access', 'read dataset ', 'data'),
        ('resetpasswords', 'reset the passwords of others', 'security'),
        ('copyrole', 'change roles', 'security'),
        ('can_add_role_permissions', 'change roles', 'security'),
        ('can_update_role_users', 'give roles to accounts', 'security'),
        ('can_update_role_groups', 'give roles to groups', 'security'),
        ('can_grant_guest_token', 'issue guest tokens for embedded dashboards', 'content'),
        ('can_set_embedded', 'embed dashboards in other sites', 'content')
    ) AS list (permission, may, reach)
),
by_view AS (
    SELECT *
    FROM (VALUES
        ('can_sqllab', 'Superset', 'run SQL in SQL Lab', 'data'),
        ('can_execute_sql_query', 'SQLLab', 'run SQL in SQL Lab', 'data'),
        ('can_sql_json', 'Superset', 'run SQL in SQL Lab', 'data'),
        ('can_get_results', 'SQLLab', 'fetch results of SQL Lab', 'data'),
        ('can_export_csv', 'SQLLab', 'export results of SQL Lab', 'data'),
        ('can_export_streaming_csv', 'SQLLab', 'export results of SQL Lab', 'data'),
        ('can_csv', 'Superset', 'export data of charts', 'data'),
        ('can_query', 'Api', 'ask for data of charts', 'data'),
        ('can_explore_json', 'Superset', 'ask for data of charts', 'data'),
        ('can_view_chart_as_table', 'Dashboard', 'see data of charts as tables', 'data'),
        ('can_drill', 'Dashboard', 'see the rows behind charts', 'data'),
        ('can_samples', 'Datasource', 'see sample rows of datasets', 'data'),
        ('can_get_column_values', 'Datasource', 'see values of columns of datasets', 'data'),
        ('can_upload', 'Database', 'upload files into databases', 'data'),
        ('can_csv_upload', 'Database', 'upload files into databases', 'data'),
        ('can_excel_upload', 'Database', 'upload files into databases', 'data'),
        ('can_columnar_upload', 'Database', 'upload files into databases', 'data'),
        ('can_this_form_post', 'CsvToDatabaseView', 'upload files into databases', 'data'),
        ('can_this_form_post', 'ExcelToDatabaseView', 'upload files into databases', 'data'),
        ('can_this_form_post', 'ColumnarToDatabaseView', 'upload files into databases', 'data'),
        ('can_explore', 'Superset', 'open and make charts', 'content'),
        ('can_slice', 'Superset', 'open charts', 'content'),
        ('can_dashboard', 'Superset', 'open dashboards', 'content'),
        ('can_view_query', 'Dashboard', 'see the SQL of charts', 'content'),
        ('can_external_metadata', 'Datasource', 'see columns of tables in databases', 'content'),
        ('can_external_metadata_by_name', 'Datasource', 'see columns of tables in databases', 'content'),
        ('can_duplicate', 'Dataset', 'change datasets', 'content'),
        ('can_get_or_create_dataset', 'Dataset', 'change datasets', 'content'),
        ('can_save', 'Datasource', 'change datasets', 'content'),
        ('can_delete_embedded', 'Dashboard', 'end the embedding of dashboards', 'content'),
        ('can_import_', 'ImportExportRestApi', 'import definitions of everything', 'content'),
        ('can_export', 'ImportExportRestApi', 'export definitions of everything', 'content'),
        ('can_this_form_post', 'ResetPasswordView', 'reset the passwords of others', 'security'),
        ('can_list_roles', 'RoleRestAPI', 'see roles', 'content'),
        ('can_list_role_permissions', 'Role', 'see roles', 'content')
    ) AS list (permission, view_menu, may, reach)
),
verbs AS (
    SELECT *
    FROM (VALUES
        ('can_read', 'see', FALSE), ('can_list', 'see', FALSE), ('can_show', 'see', FALSE), ('can_get', 'see', FALSE),
        ('can_download', 'see', FALSE), ('can_write', 'change', TRUE), ('can_add', 'change', TRUE), ('can_post', 'change', TRUE),
        ('can_edit', 'change', TRUE), ('can_put', 'change', TRUE), ('can_delete', 'change', TRUE),
        ('can_export', 'export definitions of', FALSE)
    ) AS list (permission, does, changes)
),
things AS (
    SELECT *
    FROM (VALUES
        ('Dashboard', 'dashboards', 'content'), ('Chart', 'charts', 'content'), ('Dataset', 'datasets', 'content'),
        ('Database', 'databases', 'content'), ('SavedQuery', 'saved queries', 'content'),
        ('Query', 'statements of SQL Lab', 'content'), ('ReportSchedule', 'alerts and reports', 'content'),
        ('EmbeddedDashboard', 'embedded dashboards', 'content'), ('Annotation', 'annotations', 'content'),
        ('Log', 'the audit log', 'content'), ('Tag', 'tags', 'content'), ('Theme', 'themes', 'content'),
        ('CssTemplate', 'CSS templates', 'content'),
        ('User', 'accounts', 'security'), ('UserDBModelView', 'accounts', 'security'),
        ('UserLDAPModelView', 'accounts', 'security'), ('UserOAuthModelView', 'accounts', 'security'),
        ('UserOIDModelView', 'accounts', 'security'), ('UserRemoteUserModelView', 'accounts', 'security'),
        ('UserSAMLModelView', 'accounts', 'security'),
        ('Role', 'roles', 'security'), ('RoleModelView', 'roles', 'security'),
        ('Group', 'groups', 'security'), ('UserGroupModelView', 'groups', 'security'),
        ('PermissionViewMenu', 'permissions', 'security'), ('ViewMenu', 'permissions', 'security'),
        ('Permission', 'permissions', 'security'),
        ('Row Level Security', 'row-level security', 'security'), ('RowLevelSecurity', 'row-level security', 'security'),
        ('RowLevelSecurityFiltersModelView', 'row-level security', 'security')
    ) AS list (view_menu, things, reach)
)
SELECT
    'ab_permission_view_role:' || pr.id AS source_ref,
    r.id AS role_id,
    r.name AS role,
    p.name AS permission,
    v.name AS view_menu,
    TRY_CAST(nullif(regexp_extract(v.name, '\(id:(\d+)\)$', 1), '') AS BIGINT) AS dataset_id,
    coalesce(
        CASE WHEN ends_with(k.may, ' ') THEN k.may || translate(regexp_replace(v.name, '\.?\(id:\d+\)$', ''), '[]', '') ELSE k.may END,
        w.may,
        b.does || ' ' || t.things,
        p.name || ' on ' || v.name
    ) AS may,
    coalesce(k.reach, w.reach, CASE WHEN b.changes THEN t.reach WHEN NOT b.changes AND t.reach IS NOT NULL THEN 'content' END) AS reach
FROM raw.ab_permission_view_role AS pr
INNER JOIN raw.ab_role AS r ON r.id = pr.role_id
INNER JOIN raw.ab_permission_view AS pv ON pv.id = pr.permission_view_id
INNER JOIN raw.ab_permission AS p ON p.id = pv.permission_id
INNER JOIN raw.ab_view_menu AS v ON v.id = pv.view_menu_id
LEFT JOIN by_permission AS k ON k.permission = p.name
LEFT JOIN by_view AS w ON w.permission = p.name AND w.view_menu = v.name
LEFT JOIN verbs AS b ON b.permission = p.name
LEFT JOIN things AS t ON t.view_menu = v.name
ORDER BY r.name, p.name, v.name, pr.id
