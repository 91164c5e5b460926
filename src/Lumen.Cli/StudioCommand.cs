using System.CommandLine;
using System.Runtime.CompilerServices;
using Lumen.Files;
using Lumen.Studio;

namespace Lumen.Cli;

/// <summary><c>lumen studio</c>: the page, and the HTTP API beneath it.</summary>
internal static class StudioCommand
{
    private const string Description = """
        Open a local web page to see layouts, steer pictures and enlarge data sets.

        The page is for this machine only unless --listen names another address; every request then needs a token, which is printed. Beneath it is an HTTP API that can do the same: its description is at /openapi/v1.json. Pictures, with their settings inside, and layouts are plain files in --gallery. Ctrl-C ends it; jobs that wait go on at the next start.
        """;

    public static Command Build(Terminal terminal, CancellationToken stop)
    {
        var (model, adapter) = (ModelOptions.Model(), ModelOptions.Adapter("; an ordinary ControlNet, too"));
        var gallery = Flag.Text("--gallery", "DIR", "Folder for pictures, layouts and the history. Default: studio.");
        var datasets = Flag.Text("--datasets", "DIR", "Folder whose subfolders are the data sets that the page may open.");
        var adapters = Flag.Text(
            "--adapters",
            "DIR",
            "Folder whose subfolders are further adapters, to compare them with the model's own."
        );
        var port = Flag.Whole("--port", $"Port; 0 takes any that is free. Default: {StudioOptions.UsualPort}.");
        var listen = Flag.Text("--listen", "ADDRESS", "IP address to listen at. Default: 127.0.0.1, this machine only.");
        var token = Flag.Text("--token-file", "FILE", "File whose first line is the token. Default: one is made and printed.");
        var command = new Command("studio", Description) { model, adapter, gallery, datasets, adapters, port, listen, token };
        var (placement, single) = (PlacementFlags.AddTo(command), ModelFileFlags.AddTo(command));
        command.SetAction(parsed =>
        {
            var folder = ModelOptions.ModelFolder(parsed.GetValue(model));
            var options = new StudioOptions
            {
                Model = folder,
                Pipeline = placement.OfPipeline(parsed) with
                {
                    Adapter = parsed.GetValue(adapter) is null ? null : ModelOptions.AdapterFolder(parsed.GetValue(adapter), folder),
                    ModelFile = single.Of(parsed),
                },
                Gallery = parsed.GetValue(gallery) ?? "studio",
                Datasets = parsed.GetValue(datasets),
                Adapters = parsed.GetValue(adapters),
                Port = parsed.GetValue(port) ?? StudioOptions.UsualPort,
                Listen = parsed.GetValue(listen) ?? StudioOptions.Loopback,
                Token = parsed.GetValue(token) is { } file ? TextFile.Read(file).Split('\n')[0].Trim() : null,
                Hub = HubEnvironment.Read(),
                Log = line => terminal.Detail(line),
            };
            return Serve(terminal, options, stop);
        });
        return command;
    }

    // Apart from the rest, so that nothing of the web server is loaded for another command.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Serve(Terminal terminal, StudioOptions options, CancellationToken stop) =>
        Run(terminal, options, stop).GetAwaiter().GetResult();

    private static async Task<int> Run(Terminal terminal, StudioOptions options, CancellationToken stop)
    {
        await using var server = await StudioServer.StartAsync(options, stop);
        terminal.Line($"studio   {server.Page}");
        terminal.Note($"api      {server.Address}/openapi/v1.json, token {server.Token}");
        terminal.Note($"gallery  {Path.GetFullPath(options.Gallery)}");
        await server.ModelOpened.WaitAsync(stop);
        terminal.Note("The model is open. Ctrl-C ends the studio.");
        try
        {
            await Task.Delay(Timeout.Infinite, stop);
        }
        catch (OperationCanceledException)
        {
            terminal.Note("Stopped. Jobs that wait go on at the next start.");
        }
        return 0;
    }
}
