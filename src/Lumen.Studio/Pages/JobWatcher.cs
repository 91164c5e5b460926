using Lumen.Studio.Jobs;
using Microsoft.AspNetCore.Components;

namespace Lumen.Studio.Pages;

/// <summary>A part of the page that follows jobs: drawn anew when one changes, at most ten times a second.</summary>
public abstract class JobWatcher : ComponentBase, IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private int _isDrawing;
    private bool _isOver;

    [Inject]
    internal StudioService Studio { get; set; } = null!;

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        Studio.Queue.Changed += OnChanged;
        Look();
    }

    /// <summary>Reads what is shown, before it is drawn.</summary>
    protected abstract void Look();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Stops following.</summary>
    protected virtual void Dispose(bool disposing)
    {
        _isOver = true;
        Studio.Queue.Changed -= OnChanged;
    }

    private void OnChanged(Job job)
    {
        if (Interlocked.Exchange(ref _isDrawing, 1) == 0)
            _ = Draw();
    }

    private async Task Draw()
    {
        await Task.Delay(Pause);
        Volatile.Write(ref _isDrawing, 0);
        if (!_isOver)
            await InvokeAsync(() =>
            {
                Look();
                StateHasChanged();
            });
    }
}
