package server

// Serves what coinglass says under the same names.
var calls = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "coinglass_open_interest_history_total"}, nil)

func routes(r *gin.Engine) {
	r.GET("/api/futures/open-interest/history", history)
	api := r.Group("/api")
	api.GET("/futures/funding-rate/history", funding)
}
