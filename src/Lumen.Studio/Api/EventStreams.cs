using System.Threading.Channels;
using Lumen.Studio.Safety;
using Microsoft.AspNetCore.Http;

namespace Lumen.Studio.Api;

/// <summary>Counts the event streams that are open.</summary>
internal sealed class EventStreams(StudioOptions options)
{
    private int _open;

    /// <summary>Counts a stream until its response is completed.</summary>
    /// <exception cref="LimitException">As many are open as may.</exception>
    public void Open(HttpContext context)
    {
        var most = options.Limits.EventStreams;
        if (Interlocked.Increment(ref _open) > most)
        {
            Interlocked.Decrement(ref _open);
            throw new LimitException($"{most} event streams are open, as many as may.");
        }
        context.Response.OnCompleted(() =>
        {
            Interlocked.Decrement(ref _open);
            return Task.CompletedTask;
        });
    }
}

/// <summary>A signal that something has changed, for whoever follows it.</summary>
internal static class SignalChannel
{
    /// <summary>Waits for the signal.</summary>
    /// <returns>False where <paramref name="stop"/> was signalled instead.</returns>
    public static async Task<bool> Next(this Channel<bool> signal, CancellationToken stop)
    {
        try
        {
            return await signal.Reader.ReadAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
