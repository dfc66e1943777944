# The six lines of the user's guide, in its order, with the URLs quoted.
curl "http://localhost:10090/api/ai_usage/stats/daily?days_ago=0"
curl "http://localhost:10090/api/ai_usage/cost_trend?days=7"
curl "http://localhost:10090/api/ai_usage/top_users?limit=10&days=7"
curl "http://localhost:10090/api/ai_usage/models/pricing"
curl -X POST "http://localhost:10090/api/ai_usage/export_report?days=7"
curl -X POST "http://localhost:10090/api/ai_usage/export_report?days=1"
