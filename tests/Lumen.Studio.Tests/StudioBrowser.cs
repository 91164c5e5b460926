using Lumen.Conditions;
using Lumen.Scenes;
using Lumen.Testing;
using Microsoft.Playwright;
using Xunit;

namespace Lumen.Studio.Tests;

/// <summary>Debian's Chromium, a studio on the built-in model, a small data set. Without Chromium tests are skipped.</summary>
public sealed class StudioBrowser : IAsyncLifetime
{
    private const string Chromium = "/usr/bin/chromium";

    private static readonly string[] Quietly =
    [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ];

    private readonly TempFolder _folder = new();
    private IPlaywright? _playwright;
    private IBrowser? _browser;
    private StudioServer? _server;

    internal string Address => _server!.Address;

    internal string Gallery => _folder.File("gallery");

    internal static string Model => Path.Combine(Golden.Repository, "models", "street-tiny");

    internal static string Reference => Path.Combine(Golden.Repository, "samples", "pictures", "street-day.png");

    internal static string SecondReference => Path.Combine(Golden.Repository, "samples", "pictures", "street-sunset-rain.png");

    /// <summary>Where screenshots go; <c>cp .work/studio/*.png docs/images/</c> accepts them.</summary>
    internal static string Screenshots => Path.Combine(Golden.Repository, ".work", "studio");

    public async ValueTask InitializeAsync()
    {
        if (!File.Exists(Chromium))
            return;
        Directory.CreateDirectory(Screenshots);
        SceneDataset.Write(
            new SceneDatasetOptions
            {
                Folder = _folder.File("sets/streets"),
                Count = 8,
                Split = SceneSplit.Train,
                Seed = 1,
                Width = 128,
                Height = 128,
                Threads = 1,
            }
        );
        var canny = new ConditionSettings { Kind = ConditionKind.Canny }.Filled(null);
        TinyModels.WriteAdapter(_folder.File("adapters/canny"), Model, canny, [8, 12, 16]);
        await Start();
        _playwright = await Playwright.CreateAsync();
        Assertions.SetDefaultExpectTimeout(60_000); // a busy machine is no fault
        _browser = await _playwright.Chromium.LaunchAsync(
            new()
            {
                ExecutablePath = Chromium,
                Headless = true,
                Args = Quietly,
            }
        );
    }

    /// <summary>A page of somebody who has not been here before.</summary>
    internal async Task<IPage> Open(string path = "/", ColorScheme scheme = ColorScheme.Light, int width = 1440, int height = 1000)
    {
        Assert.SkipUnless(_browser is not null, $"{Chromium} is absent (package chromium).");
        var context = await _browser!.NewContextAsync(
            new()
            {
                ColorScheme = scheme,
                ViewportSize = new() { Width = width, Height = height },
            }
        );
        var page = await context.NewPageAsync();
        await page.GotoAsync(Address + path);
        await page.Locator("main[data-interactive]").WaitForAsync();
        await page.Locator("[data-model=open]").WaitForAsync(new() { Timeout = 60_000 });
        return page;
    }

    internal static async Task Shoot(IPage page, string name)
    {
        await page.EvaluateAsync("document.activeElement?.blur(); scrollTo(0, 0)");
        await page.ScreenshotAsync(
            new() { Path = Path.Combine(Screenshots, $"studio-{name}.png"), Animations = ScreenshotAnimations.Disabled }
        );
    }

    internal async Task Restart()
    {
        await _server!.DisposeAsync();
        await Start();
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
        if (_server is not null)
            await _server.DisposeAsync();
        _folder.Dispose();
    }

    private async Task Start() =>
        _server = await StudioServer.StartAsync(
            new StudioOptions
            {
                Model = Model,
                Gallery = Gallery,
                Adapters = _folder.File("adapters"),
                Datasets = _folder.File("sets"),
                Port = 0,
            }
        );
}
