interface MarketApi {
    @GET("api/futures/openInterest/ohlc-history")
    suspend fun interest(@Header("CG-API-KEY") key: String, @Query("symbol") symbol: String): Answer

    companion object { const val BASE_URL = "https://open-api-v4.coinglass.com/" }
}
