using System.Text.Json;
using Lumen.Files;
using Lumen.Studio.Api;
using Lumen.Studio.Datasets;
using Lumen.Studio.Jobs;
using Lumen.Studio.Pages;
using Lumen.Studio.Runs;
using Lumen.Studio.Safety;
using Lumen.Studio.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using static TorchSharp.torch;

namespace Lumen.Studio;

/// <summary>
/// The studio: a web page, and an HTTP API beneath it, on one model that stays open. It reads no environment and no configuration file.
/// </summary>
public sealed class StudioServer : IAsyncDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);
    private const int RetainedPages = 20;
    private const int LargestMessage = 1 << 20; // a mask of the layout editor
    private readonly WebApplication _app;
    private readonly StudioAccess _access;
    private readonly StudioModel _model;
    private readonly JobQueue _queue;
    private readonly TrainingRunner _trainings;
    private readonly ModelPulls _pulls;
    private readonly StudioDatabase _database;
    private readonly FolderLock _lock;

    private StudioServer(StudioOptions options)
    {
        // What is opened while something computes must not take over the threads of that.
        options = options with
        {
            Pipeline = options.Pipeline with { Threads = options.Pipeline.Threads ?? get_num_threads() },
        };
        _access = new StudioAccess(options);
        RequireFolder(nameof(options.Datasets), "data sets", options.Datasets);
        RequireFolder(nameof(options.Adapters), "adapters", options.Adapters);
        var folder = new GalleryFolder(options.Gallery);
        _lock = FolderLock.Take(folder.Root, "Lumen Studio");
        _database = new StudioDatabase(folder.Database);
        var store = new StudioStore(folder, _database, TimeProvider.System);
        var trainings = new TrainingFolder(folder.Trainings);
        _model = new StudioModel(options, trainings);
        _queue = new JobQueue(store, options.Limits, TimeProvider.System, text => options.Log?.Invoke(text));
        var library = new DatasetLibrary(options, new LimitedFolder(folder.Datasets));
        _trainings = new TrainingRunner(
            trainings,
            new TrainingWork(options, _model, library, trainings),
            TimeProvider.System,
            text => options.Log?.Invoke(text)
        );
        _pulls = new ModelPulls(options.Hub, text => options.Log?.Invoke(text));
        _app = Build(options, new StudioService(options, _model, store, _queue, library, _trainings, _pulls));
        var (generation, augmentation) = (
            new GenerationWork(_model, store, library, _queue),
            new AugmentationWork(_model, library, _queue)
        );
        _queue.Start(
            (job, lane, stop) =>
                job.Request.Kind == JobKind.Augmentation ? augmentation.Run(job, lane, stop) : generation.Run(job, lane, stop),
            _model.Lanes,
            generation.Sharing
        );
    }

    /// <summary>The address of the page; with the token where others reach it.</summary>
    public string Page => _access.IsLoopback ? $"{Address}/" : $"{Address}/?token={_access.ApiToken}";

    /// <summary>The address without a path.</summary>
    public string Address { get; private set; } = "";

    /// <summary>What programs send as <c>Authorization: Bearer</c> with calls that change something.</summary>
    public string Token => _access.ApiToken;

    internal TrainingRunner Trainings => _trainings;

    /// <summary>Ends when the model is open, or with what is wrong with it; the page answers before.</summary>
    public Task ModelOpened => _model.Open();

    /// <summary>Begins to listen, and to open the model.</summary>
    /// <param name="options">Model, gallery, address.</param>
    /// <param name="stop">Stops starting.</param>
    /// <exception cref="LumenException">An option cannot be used, a folder is not there, the gallery is in use or cannot be written, or the
    /// port is taken.</exception>
    public static async Task<StudioServer> StartAsync(StudioOptions options, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var server = new StudioServer(options);
        try
        {
            _ = server._model.Open();
            await server._app.StartAsync(stop).ConfigureAwait(false);
        }
        catch (IOException fault)
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw new LumenException(
                LumenErrorKind.Option,
                $"The studio cannot listen at {options.Listen}, port {options.Port}: {fault.Message} Choose another `Port` or `Listen`.",
                fault
            );
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        server.Address = server._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return server;
    }

    /// <summary>Stops listening and computing. What waits is there again at the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        using (var grace = new CancellationTokenSource(Grace))
            await _app.StopAsync(grace.Token).ConfigureAwait(false);
        await _queue.DisposeAsync().ConfigureAwait(false);
        await _trainings.DisposeAsync().ConfigureAwait(false);
        await _pulls.DisposeAsync().ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
        await _model.DisposeAsync().ConfigureAwait(false);
        _database.Dispose();
        _lock.Dispose();
    }

    private static void RequireFolder(string option, string what, string? path)
    {
        if (path is not null && !Directory.Exists(path))
            throw new LumenException(
                LumenErrorKind.File,
                $"There is no folder {path}. Give `{option}` the folder whose subfolders are {what}, or leave it out."
            );
    }

    private WebApplication Build(StudioOptions options, StudioService service)
    {
        var builder = WebApplication.CreateEmptyBuilder(
            new WebApplicationOptions { ApplicationName = "Lumen.Studio", EnvironmentName = Environments.Production }
        );
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseUrls($"http://{_access.Address}:{options.Port}");
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.Limits.UploadBytes;
            kestrel.Limits.MaxConcurrentConnections = 1000;
        });
        var services = builder.Services;
        services.AddSingleton<IHostLifetime, NoLifetime>();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = Grace);
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning).AddProvider(new StudioLog(options)));
        services.AddSingleton(options);
        services.AddSingleton(service);
        services.AddSingleton(_access);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<EventStreams>();
        services.AddSingleton<JobEndpoints>();
        services.AddSingleton<GalleryEndpoints>();
        services.AddSingleton<SourceEndpoints>();
        services.AddSingleton<DatasetEndpoints>();
        services.AddSingleton<TrainingEndpoints>();
        services.AddSingleton<PullEndpoints>();
        services.AddRouting();
        services.AddProblemDetails();
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.DefaultIgnoreCondition = JobRequest.Json.DefaultIgnoreCondition;
            foreach (var converter in JobRequest.Json.Converters)
                json.SerializerOptions.Converters.Add(converter);
        });
        services.AddOpenApi(
            "v1",
            api =>
                api.AddDocumentTransformer(
                    (document, _, _) =>
                    {
                        document.Servers = null; // whatever address it was asked at
                        document.Info.Title = "Lumen Studio";
                        document.Info.Description =
                            "Everything that the page can do. Calls that change something need the header X-Lumen-Token with the token of "
                            + "GET /api/session, or Authorization: Bearer with the token that the studio printed.";
                        return Task.CompletedTask;
                    }
                )
        );
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        services.AddScoped<PageState>();
        services
            .AddRazorComponents()
            .AddInteractiveServerComponents(circuits => circuits.DisconnectedCircuitMaxRetained = RetainedPages)
            .AddHubOptions(hub => hub.MaximumReceiveMessageSize = LargestMessage);

        var app = builder.Build();
        app.UseMiddleware<RequestGuard>();
        app.UseMiddleware<FaultAnswers>();
        app.UseRouting();
        app.UseAntiforgery();
        app.MapOpenApi("/openapi/{documentName}.json");
        StudioAssets.Map(app);
        app.Services.GetRequiredService<JobEndpoints>().Map(app);
        app.Services.GetRequiredService<GalleryEndpoints>().Map(app);
        app.Services.GetRequiredService<SourceEndpoints>().Map(app);
        app.Services.GetRequiredService<DatasetEndpoints>().Map(app);
        app.Services.GetRequiredService<TrainingEndpoints>().Map(app);
        app.Services.GetRequiredService<PullEndpoints>().Map(app);
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
        return app;
    }

    // The command line decides when the studio ends.
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
