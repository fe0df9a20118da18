-- Issues: who archived one.

-- name: user_name
-- params: user_id
SELECT name
FROM users
WHERE id = :user_id;
