using Lumen.Testing;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Facade;

public sealed class PipelineCancellationTests(TinyPipeline tiny) : IClassFixture<TinyPipeline>
{
    private static CancellationToken None => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Opening_stops_after_the_part_that_is_being_read()
    {
        using var stop = new CancellationTokenSource();
        var last = 0;
        var progress = new TinyPipeline.Each(part =>
        {
            last = part.Done;
            if (last == 1)
                stop.Cancel();
        });
        await Stopped(stop, () => LumenPipeline.OpenAsync(tiny.Model, TinyPipeline.Options, progress, stop.Token));
        Assert.Equal(1, last);
    }

    [Fact]
    public async Task Generation_stops_before_the_next_step_and_the_pipeline_goes_on()
    {
        await using var lumen = await tiny.Open(stop: None);
        using var stop = new CancellationTokenSource();
        var steps = 0;
        var progress = new TinyPipeline.Each(_ =>
        {
            if (++steps == 2)
                stop.Cancel();
        });
        var options = TinyPipeline.Quick with { Count = 5 * Environment.ProcessorCount };
        await Stopped(stop, () => TinyPipeline.All(lumen.GenerateAsync("a street", options, progress, stop.Token)));
        Assert.InRange(steps, 2, 1 + Environment.ProcessorCount); // each of the passes at once may be within a step
        Assert.Single(await TinyPipeline.All(lumen.GenerateAsync("a street", TinyPipeline.Quick, stop: None)));
    }

    [Fact]
    public async Task What_waits_for_its_turn_is_stopped_at_once()
    {
        await using var lumen = await tiny.Open(stop: None);
        using var stop = new CancellationTokenSource();
        using var gate = new ManualResetEventSlim();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var progress = new TinyPipeline.Each(_ =>
        {
            begun.TrySetResult();
            gate.Wait(None);
        });
        var running = TinyPipeline.All(lumen.GenerateAsync("a street", TinyPipeline.Quick, progress, None));
        await begun.Task;
        try
        {
            var extracting = lumen.ExtractLayoutAsync(TinyPipeline.Reference, stop.Token);
            var generating = TinyPipeline.All(lumen.GenerateAsync("a street", TinyPipeline.Quick, stop: stop.Token));
            await stop.CancelAsync();
            await Stopped(stop, () => extracting);
            await Stopped(stop, () => generating);
            Assert.False(running.IsCompleted);
        }
        finally
        {
            gate.Set();
        }
        Assert.Single(await running);
    }

    [Fact]
    public async Task Extraction_that_is_stopped_does_not_run()
    {
        await using var lumen = await tiny.Open(stop: None);
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        await Stopped(stop, () => lumen.ExtractLayoutAsync(TinyPipeline.Reference, stop.Token));
        await Stopped(stop, () => LumenPipeline.OpenAsync(tiny.Model, TinyPipeline.Options, stop: stop.Token));
    }

    [Fact]
    public async Task Leaving_the_loop_early_makes_no_more_pictures()
    {
        await using var lumen = await tiny.Open(stop: None);
        var steps = 0;
        var options = TinyPipeline.Quick with { Count = 4 };
        await foreach (var picture in lumen.GenerateAsync("a street", options, new TinyPipeline.Each(_ => steps++), None))
            if (picture.Index == 1)
                break;
        Assert.Equal(2 * options.NumInferenceSteps, steps);
    }

    [Fact]
    public async Task Closing_ends_what_runs_and_refuses_what_comes_after()
    {
        var lumen = await tiny.Open(stop: None);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var options = TinyPipeline.Quick with { NumInferenceSteps = 200 };
        var running = TinyPipeline.All(lumen.GenerateAsync("a street", options, new TinyPipeline.Each(_ => begun.TrySetResult()), None));
        await begun.Task;
        await lumen.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => running);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => lumen.ExtractLayoutAsync(TinyPipeline.Reference, None));
        Assert.Throws<ObjectDisposedException>(() => lumen.GenerateAsync("a street", stop: None));
        await lumen.DisposeAsync();
    }

    [Fact]
    public async Task Opening_and_generating_leave_the_settings_of_torch_as_they_are()
    {
        // On one thread of its own: a thread that was told no number of threads takes the one that any other was told last.
        await Task.Factory.StartNew(
            () =>
            {
                set_num_threads(get_num_threads());
                var before = (get_default_dtype(), get_num_threads(), is_grad_enabled());
                Used().Wait(None);
                Assert.Equal(before, (get_default_dtype(), get_num_threads(), is_grad_enabled()));
            },
            None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );

        async Task Used()
        {
            await using var lumen = await tiny.Open(stop: None).ConfigureAwait(false);
            await TinyPipeline.All(lumen.GenerateAsync("a street", TinyPipeline.Quick, stop: None)).ConfigureAwait(false);
        }
    }

    private static async Task Stopped(CancellationTokenSource stop, Func<Task> act)
    {
        var stopped = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => act().WaitAsync(TimeSpan.FromMinutes(1), None));
        Assert.Equal(stop.Token, stopped.CancellationToken);
    }
}
