using Microsoft.Extensions.Logging;

namespace Lumen.Studio.Safety;

/// <summary>What the web server warns of, a line at a time. Requests are not logged, and so no prompts.</summary>
internal sealed class StudioLog(StudioOptions options) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new Lines(options, categoryName);

    public void Dispose() { }

    private sealed class Lines(StudioOptions options, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning && options.Log is not null;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (IsEnabled(logLevel))
                options.Log!($"{category}: {formatter(state, exception)}{(exception is null ? "" : $" {exception}")}");
        }
    }
}
